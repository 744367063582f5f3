"""Transactions of confluent-kafka, so of librdkafka."""
import unittest

from confluent_kafka import (ConsumerGroupTopicPartitions, IsolationLevel, KafkaError, KafkaException, Producer,
                             TopicPartition)
from confluent_kafka.admin import ConfigResource, OffsetSpec, ResourceType

from kit import (BOOTSTRAP, DEADLINE, admin, consumer, create_topics, end_offset, producer, read, take,
                 transaction, wait_until, write)


class Isolation(unittest.TestCase):
    def test_committed_records_are_seen_and_aborted_ones_are_not(self):
        create_topics('cf-ends')
        by = producer('cf-ends')
        transaction(by, 'cf-ends', ['a', 'b'])
        transaction(by, 'cf-ends', ['x', 'y'], commit=False)
        transaction(by, 'cf-ends', ['c'])
        self.assertEqual(read('cf-ends'), ['a', 'b', 'c'])
        self.assertEqual(read('cf-ends', 'read_uncommitted'), ['a', 'b', 'x', 'y', 'c'])

    def test_an_open_transaction_holds_back_what_lies_behind_it(self):
        create_topics('cf-open')
        by, plain = producer('cf-open'), Producer({'bootstrap.servers': BOOTSTRAP})
        write(plain, 'cf-open', ['before'])
        by.begin_transaction()
        write(by, 'cf-open', ['in it'])
        write(plain, 'cf-open', ['behind'])
        self.assertEqual(read('cf-open'), ['before'])
        self.assertEqual(end_offset('cf-open'), 1)
        self.assertEqual(read('cf-open', 'read_uncommitted'), ['before', 'in it', 'behind'])
        self.assertEqual(end_offset('cf-open', 'read_uncommitted'), 3)
        by.commit_transaction(DEADLINE)
        self.assertEqual(read('cf-open'), ['before', 'in it', 'behind'])
        self.assertEqual(end_offset('cf-open'), 4)  # with the marker

    def test_a_waiting_reader_hears_of_the_commit(self):
        create_topics('cf-wait')
        by, reader = producer('cf-wait'), consumer()
        reader.assign([TopicPartition('cf-wait', 0, 0)])
        by.begin_transaction()
        write(by, 'cf-wait', ['late'])
        self.assertIsNone(reader.poll(0.5))
        by.commit_transaction(DEADLINE)
        self.assertEqual(take(reader, 1), ['late'])
        reader.close()

    def test_a_transaction_spans_topics_and_partitions(self):
        create_topics('cf-span-a', 'cf-span-b', partitions=3)
        by = producer('cf-span')
        places = [(topic, partition) for topic in ('cf-span-a', 'cf-span-b') for partition in range(3)]
        for commit in (False, True):
            by.begin_transaction()
            for topic, partition in places:
                write(by, topic, [commit], partition)
            self.assertEqual([read(*place[:1], partition=place[1]) for place in places], [[]] * 6)
            by.commit_transaction(DEADLINE) if commit else by.abort_transaction(DEADLINE)
        self.assertEqual([read(topic, partition=partition) for topic, partition in places], [['True']] * 6)

    def test_aborted_and_committed_transactions_of_two_producers_interleave(self):
        create_topics('cf-mix')
        one, two = producer('cf-mix-1'), producer('cf-mix-2')
        for turn in range(20):
            for by in (one, two):
                by.begin_transaction()
            for step in range(3):
                write(one, 'cf-mix', [f'1 {turn} {step}'])
                write(two, 'cf-mix', [f'2 {turn} {step}'])
            one.commit_transaction(DEADLINE) if turn % 2 else one.abort_transaction(DEADLINE)
            two.commit_transaction(DEADLINE) if turn % 3 else two.abort_transaction(DEADLINE)
        wanted = [f'{by} {turn} {step}' for turn in range(20) for step in range(3)
                  for by in (1, 2) if turn % (by + 1)]
        self.assertEqual(read('cf-mix'), wanted)
        self.assertEqual(len(read('cf-mix', 'read_uncommitted')), 120)

    def test_a_read_from_within_an_aborted_transaction_does_not_show_it(self):
        create_topics('cf-within')
        by = producer('cf-within')
        transaction(by, 'cf-within', range(10), commit=False)
        transaction(by, 'cf-within', ['end'])
        for offset in (0, 5, 9, 10, 11):  # 10: the marker
            reader = consumer()
            reader.assign([TopicPartition('cf-within', 0, offset)])
            self.assertEqual(take(reader, 1), ['end'], f'from {offset}')
            reader.close()


class Producers(unittest.TestCase):
    def refused(self, call, *names):
        with self.assertRaises(KafkaException) as caught:
            call()
        error = caught.exception.args[0]
        self.assertIn(error.name(), names)
        return error

    def test_a_second_producer_fences_the_first_and_aborts_its_transaction(self):
        create_topics('cf-fence')
        first = producer('cf-fence')
        first.begin_transaction()
        write(first, 'cf-fence', ['lost'])
        second = producer('cf-fence')
        transaction(second, 'cf-fence', ['kept'])
        error = self.refused(lambda: first.commit_transaction(DEADLINE), '_FENCED')
        self.assertTrue(error.fatal())
        self.assertEqual(read('cf-fence'), ['kept'])
        transaction(second, 'cf-fence', ['again'])
        self.assertEqual(read('cf-fence'), ['kept', 'again'])

    def test_a_transaction_that_takes_too_long_is_aborted(self):
        create_topics('cf-slow')
        by = producer('cf-slow', transaction_timeout_ms=1000)
        by.begin_transaction()
        write(by, 'cf-slow', ['slow'])
        self.assertEqual(end_offset('cf-slow'), 0)
        wait_until(lambda: end_offset('cf-slow') == 2, 'the abort of the broker')
        self.assertEqual(read('cf-slow'), [])
        error = self.refused(lambda: by.commit_transaction(DEADLINE), '_FENCED', 'INVALID_PRODUCER_EPOCH')
        self.assertTrue(error.fatal() or error.txn_requires_abort())
        transaction(producer('cf-slow'), 'cf-slow', ['quick'])
        self.assertEqual(read('cf-slow'), ['quick'])

    def test_a_timeout_above_the_maximum_is_refused(self):
        by = Producer({'bootstrap.servers': BOOTSTRAP, 'transactional.id': 'cf-patient',
                       'transaction.timeout.ms': 900001})
        self.assertTrue(self.refused(lambda: by.init_transactions(DEADLINE), 'INVALID_TRANSACTION_TIMEOUT').fatal())

    def test_an_empty_transaction_ends_either_way(self):
        by = producer('cf-empty')
        for end in (by.commit_transaction, by.abort_transaction):
            by.begin_transaction()
            end(DEADLINE)

    def test_a_record_that_is_refused_makes_its_transaction_abort(self):
        create_topics('cf-large')
        by = producer('cf-large', message_max_bytes=5000000)
        by.begin_transaction()
        write(by, 'cf-large', ['small'])
        by.produce('cf-large', bytes(2000000), partition=0)
        by.flush(DEADLINE)
        error = self.refused(lambda: by.commit_transaction(DEADLINE), 'MSG_SIZE_TOO_LARGE', '_STATE')
        self.assertTrue(error.txn_requires_abort())
        by.abort_transaction(DEADLINE)
        self.assertEqual(end_offset('cf-large'), 2)
        self.assertEqual(read('cf-large'), [])

    def test_a_topic_that_is_deleted_does_not_hold_up_its_transaction(self):
        create_topics('cf-gone', 'cf-stays')
        by = producer('cf-gone')
        by.begin_transaction()
        write(by, 'cf-gone', ['1'])
        write(by, 'cf-stays', ['2'])
        admin().delete_topics(['cf-gone'])['cf-gone'].result(DEADLINE)
        by.commit_transaction(DEADLINE)
        transaction(by, 'cf-stays', ['3'])
        self.assertEqual(read('cf-stays'), ['2', '3'])

    def test_an_idempotent_producer_writes_each_record_once_and_in_order(self):
        create_topics('cf-idempotent')
        by = Producer({'bootstrap.servers': BOOTSTRAP, 'enable.idempotence': True, 'linger.ms': 0,
                       'batch.num.messages': 10})
        write(by, 'cf-idempotent', range(5000))
        self.assertEqual(read('cf-idempotent'), [str(n) for n in range(5000)])


class Offsets(unittest.TestCase):
    """Consume, process, produce."""

    def committed(self, group, topic):
        with_it = consumer(group=group)
        [partition] = with_it.committed([TopicPartition(topic, 0)], DEADLINE)
        with_it.close()
        return partition.offset

    def test_records_go_through_exactly_once_though_transactions_are_aborted(self):
        create_topics('cf-in', 'cf-out')
        write(Producer({'bootstrap.servers': BOOTSTRAP}), 'cf-in', range(200))
        by, reader, tries, done = producer('cf-through'), consumer(group='cf-through'), 0, 0
        reader.subscribe(['cf-in'])
        while done < 200:
            values = take(reader, 20)
            tries += 1
            by.begin_transaction()
            write(by, 'cf-out', [f'{value}!' for value in values])
            positions = reader.position([TopicPartition('cf-in', 0)])
            by.send_offsets_to_transaction(positions, reader.consumer_group_metadata(), DEADLINE)
            if tries % 3 == 0:
                by.abort_transaction(DEADLINE)
                self.assertEqual(self.committed('cf-through', 'cf-in'), done)
                reader.seek(TopicPartition('cf-in', 0, done))
            else:
                by.commit_transaction(DEADLINE)
                done += 20
                self.assertEqual(self.committed('cf-through', 'cf-in'), done)
        reader.close()
        self.assertEqual(read('cf-out'), [f'{n}!' for n in range(200)])
        self.assertGreater(len(read('cf-out', 'read_uncommitted')), 200)

    def test_offsets_of_a_member_that_is_not_one_any_more_are_refused(self):
        create_topics('cf-zombie')
        write(Producer({'bootstrap.servers': BOOTSTRAP}), 'cf-zombie', ['1'])
        by, reader = producer('cf-zombie'), consumer(group='cf-zombie')
        reader.subscribe(['cf-zombie'])
        take(reader, 1)
        metadata = reader.consumer_group_metadata()
        reader.close()
        by.begin_transaction()
        with self.assertRaises(KafkaException) as caught:
            by.send_offsets_to_transaction([TopicPartition('cf-zombie', 0, 1)], metadata, DEADLINE)
        self.assertTrue(caught.exception.args[0].txn_requires_abort())
        by.abort_transaction(DEADLINE)
        self.assertEqual(self.committed('cf-zombie', 'cf-zombie'), -1001)


class Admin(unittest.TestCase):
    def test_offsets_are_listed_by_either_isolation_level(self):
        create_topics('cf-listed')
        by, partition = producer('cf-listed'), TopicPartition('cf-listed', 0)
        transaction(by, 'cf-listed', ['1'])
        by.begin_transaction()
        write(by, 'cf-listed', ['2', '3'])
        for level, wanted in ((IsolationLevel.READ_COMMITTED, 2), (IsolationLevel.READ_UNCOMMITTED, 4)):
            listed = admin().list_offsets({partition: OffsetSpec.latest()}, isolation_level=level)
            self.assertEqual(listed[partition].result(DEADLINE).offset, wanted)
        by.abort_transaction(DEADLINE)

    def test_groups_topics_and_configurations_are_told(self):
        create_topics('cf-told', partitions=2)
        client = admin()
        write(Producer({'bootstrap.servers': BOOTSTRAP}), 'cf-told', range(5))
        reader = consumer(group='cf-told')
        reader.subscribe(['cf-told'])
        take(reader, 5)
        reader.commit(asynchronous=False)
        [told] = client.describe_consumer_groups(['cf-told']).values()
        self.assertEqual((told.result(DEADLINE).state.name, len(told.result().members)), ('STABLE', 1))
        reader.close()
        [offsets] = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions('cf-told')]).values()
        self.assertIn(5, [partition.offset for partition in offsets.result(DEADLINE).topic_partitions])
        [config] = client.describe_configs([ConfigResource(ResourceType.TOPIC, 'cf-told')]).values()
        self.assertEqual(config.result(DEADLINE)['cleanup.policy'].value, 'delete')
        [deleted] = client.delete_records([TopicPartition('cf-told', 0, 3)]).values()
        self.assertEqual(deleted.result(DEADLINE).low_watermark, 3)
        client.delete_consumer_groups(['cf-told'])['cf-told'].result(DEADLINE)
        with self.assertRaises(KafkaException) as caught:
            client.delete_consumer_groups(['cf-told'])['cf-told'].result(DEADLINE)
        self.assertEqual(caught.exception.args[0].code(), KafkaError.GROUP_ID_NOT_FOUND)


if __name__ == '__main__':
    unittest.main()
