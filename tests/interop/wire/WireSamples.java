// Reads the lines of wire_samples with Apache Kafka's classes and writes each message again: it must
// be understood to its last byte and come out as it was.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;

public class WireSamples {
    static final Map<String, Supplier<Message>> LONE = new HashMap<>(Map.of(
        "OffsetCommitKey", OffsetCommitKey::new,
        "OffsetCommitValue", OffsetCommitValue::new,
        "GroupMetadataKey", GroupMetadataKey::new,
        "GroupMetadataValue", GroupMetadataValue::new,
        "ConsumerProtocolSubscription", ConsumerProtocolSubscription::new,
        "ConsumerProtocolAssignment", ConsumerProtocolAssignment::new));

    static byte[] written(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer out = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(out), cache, version);
        return out.array();
    }

    static void check(Message message, ByteBuffer in, short version) {
        int from = in.position();
        message.read(new ByteBufferAccessor(in), version);
        byte[] was = Arrays.copyOfRange(in.array(), from, in.position());
        if (!Arrays.equals(was, written(message, version)))
            throw new IllegalStateException("comes out as "
                + HexFormat.of().formatHex(written(message, version)) + ": " + message);
    }

    static void checkLine(String what, short version, ByteBuffer in) {
        if (LONE.containsKey(what)) {
            check(LONE.get(what).get(), in, version);
        } else {
            boolean request = what.startsWith("request/");
            ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(what.split("/")[1]));
            if (request) {
                check(new RequestHeaderData(), in, type.requestHeaderVersion(version));
                check(type.newRequest(), in, version);
            } else {
                check(new ResponseHeaderData(), in, type.responseHeaderVersion(version));
                check(type.newResponse(), in, version);
            }
        }
        if (in.hasRemaining()) throw new IllegalStateException(in.remaining() + " bytes are left");
    }

    static boolean isNewer(String what, short version) {
        if (LONE.containsKey(what)) return false;
        ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(what.split("/")[1]));
        return version > type.highestSupportedVersion(true);
    }

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        TreeSet<String> kinds = new TreeSet<>();
        TreeSet<String> newer = new TreeSet<>();
        TreeSet<String> wrong = new TreeSet<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            String kind = words[0] + " " + words[1];
            short version = Short.parseShort(words[1]);
            byte[] bytes = words.length > 2 ? HexFormat.of().parseHex(words[2]) : new byte[0];
            try {
                (isNewer(words[0], version) ? newer : kinds).add(kind);
                if (!newer.contains(kind)) checkLine(words[0], version, ByteBuffer.wrap(bytes));
            } catch (Exception error) {
                if (wrong.add(kind)) System.out.println("WRONG " + line + ": " + error);
            }
        }
        System.out.println("newer " + String.join(", ", newer));
        System.out.println("agree " + (kinds.size() - wrong.size()) + " of " + kinds.size());
    }
}
