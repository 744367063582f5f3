// Copies a topic to another in transactions until it is ended, in the shape of TransactionalMessageCopier of
// Kafka's system tests; some transactions it aborts on purpose.
//   Copier BOOTSTRAP INPUT OUTPUT GROUP TRANSACTIONAL-ID SEED
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public final class Copier {
    private static volatile boolean ended = false;

    public static void main(String[] args) throws Exception {
        final var working = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ended = true;
            try {
                working.join(20000);
            } catch (InterruptedException ignored) {
            }
        }));
        final var random = new Random(Long.parseLong(args[5]));
        try (var consumer = new KafkaConsumer<String, String>(consumerOf(args[0], args[3]));
                var producer = new KafkaProducer<String, String>(producerOf(args[0], args[4]))) {
            producer.initTransactions();
            consumer.subscribe(List.of(args[1]));
            while (!ended) copySome(consumer, producer, args[2], random);
        } catch (Exception error) {
            System.out.println(args[4] + " ends: " + error);
            Runtime.getRuntime().halt(1);  // whoever started it starts it again
        }
    }

    private static void copySome(KafkaConsumer<String, String> consumer, KafkaProducer<String, String> producer,
            String output, Random random) {
        final var records = consumer.poll(Duration.ofMillis(100));
        if (records.isEmpty()) return;
        try {
            producer.beginTransaction();
            for (final var record : records)
                producer.send(new ProducerRecord<>(output, record.partition(), record.key(), record.value()));
            final Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
            for (final var partition : consumer.assignment())
                positions.put(partition, new OffsetAndMetadata(consumer.position(partition)));
            producer.sendOffsetsToTransaction(positions, consumer.groupMetadata());
            if (random.nextInt(10) == 0) throw new KafkaException("on purpose");
            producer.commitTransaction();
        } catch (org.apache.kafka.common.errors.ProducerFencedException error) {
            throw error;
        } catch (KafkaException error) {
            producer.abortTransaction();
            rewind(consumer);
        }
    }

    private static void rewind(KafkaConsumer<String, String> consumer) {
        consumer.committed(consumer.assignment()).forEach((partition, committed) -> {
            if (committed == null)
                consumer.seekToBeginning(List.of(partition));
            else
                consumer.seek(partition, committed);
        });
    }

    private static Map<String, Object> consumerOf(String bootstrap, String group) {
        return Map.of("bootstrap.servers", bootstrap, "group.id", group, "isolation.level", "read_committed",
            "enable.auto.commit", false, "auto.offset.reset", "earliest", "max.poll.records", 40,
            "session.timeout.ms", 6000, "heartbeat.interval.ms", 500,
            "key.deserializer", StringDeserializer.class, "value.deserializer", StringDeserializer.class);
    }

    private static Map<String, Object> producerOf(String bootstrap, String transactionalId) {
        return Map.of("bootstrap.servers", bootstrap, "transactional.id", transactionalId,
            "transaction.timeout.ms", 30000,
            "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class);
    }
}
