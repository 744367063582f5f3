// Reads what was stored of each accepted batch with Apache Kafka's own consumer. Argument: bootstrap
// address. Lines on standard input: INDEX TOPIC START END; on standard output: INDEX READABLE DENSE
// DIGEST, where DENSE says that there is one record at each offset.
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class ReadBack {
    static final long PATIENCE_NS = 3_000_000_000L;
    static long patienceNs = 20 * PATIENCE_NS;  // the first waits for the JVM and the connection, too

    static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("check.crcs", "true");
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "none");
        properties.put("fetch.max.wait.ms", "1");
        properties.put("max.partition.fetch.bytes", "1");  // one batch at a time
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static void add(MessageDigest digest, byte[] bytes) {
        digest.update(ByteBuffer.allocate(4).putInt(bytes == null ? -1 : bytes.length).array());
        if (bytes != null) digest.update(bytes);
    }

    static void add(MessageDigest digest, ConsumerRecord<byte[], byte[]> record) {
        digest.update((byte) record.timestampType().id);
        // The time of an append is each broker's own.
        if (record.timestampType() != TimestampType.LOG_APPEND_TIME)
            digest.update(ByteBuffer.allocate(8).putLong(record.timestamp()).array());
        add(digest, record.key());
        add(digest, record.value());
        for (Header header : record.headers()) {
            add(digest, header.key().getBytes(StandardCharsets.UTF_8));
            add(digest, header.value());
        }
    }

    static String read(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long start, long end)
            throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        long wanted = start;
        boolean dense = true;
        long deadline = System.nanoTime() + patienceNs;
        patienceNs = PATIENCE_NS;
        consumer.seek(partition, start);
        while (wanted < end) {
            List<ConsumerRecord<byte[], byte[]>> records;
            try {
                records = consumer.poll(Duration.ofMillis(100)).records(partition);
            } catch (KafkaException | OutOfMemoryError e) {  // a length may be any number
                return "0 0 " + e.getClass().getSimpleName();
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (record.offset() >= end && wanted >= end) break;  // the next batch
                dense &= record.offset() == wanted++;
                add(digest, record);
            }
            if (records.isEmpty() && consumer.position(partition) >= end) break;
            if (System.nanoTime() > deadline) return "0 0 stuck";
        }
        dense &= wanted == end;
        return "1 " + (dense ? 1 : 0) + " " + HexFormat.of().formatHex(digest.digest());
    }

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out));
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(args[0])) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                TopicPartition partition = new TopicPartition(words[1], 0);
                if (!consumer.assignment().contains(partition)) consumer.assign(List.of(partition));
                out.println(words[0] + " "
                    + read(consumer, partition, Long.parseLong(words[2]), Long.parseLong(words[3])));
            }
        }
        out.flush();
    }
}
