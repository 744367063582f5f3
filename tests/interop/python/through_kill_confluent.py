"""Transactions of librdkafka that the broker's kill -9 and restart fall into."""
from confluent_kafka import KafkaException, Producer, TopicPartition

from kit import (BOOTSTRAP, DEADLINE, consumer, create_topics, kill_broker, producer, read, say_ok, transaction,
                 write)

create_topics('ck-in', 'ck-out')
write(Producer({'bootstrap.servers': BOOTSTRAP}), 'ck-in', range(10))
other, by = producer('ck-other'), producer('ck')
transaction(other, 'ck-out', ['committed'])
transaction(other, 'ck-out', ['aborted'], commit=False)
reader = consumer(group='ck')
by.begin_transaction()
write(by, 'ck-out', ['before'])
by.send_offsets_to_transaction([TopicPartition('ck-in', 0, 5)], reader.consumer_group_metadata(), DEADLINE)
other.begin_transaction()
write(other, 'ck-out', ['abandoned'])

kill_broker()
write(by, 'ck-out', ['after'])
assert read('ck-out') == ['committed'], 'what was open is open'
try:
    reader.committed([TopicPartition('ck-in', 0)], 1)
    raise AssertionError('so are its offsets')
except KafkaException as unstable:
    assert unstable.args[0].name() == '_TIMED_OUT', unstable
by.commit_transaction(DEADLINE)
[held] = reader.committed([TopicPartition('ck-in', 0)], DEADLINE)
assert held.offset == 5, 'they come with its end'
assert read('ck-out') == ['committed', 'before'], 'the other holds back what lies behind it'
producer('ck-other')  # fences it
assert read('ck-out') == ['committed', 'before', 'after']
assert read('ck-out', 'read_uncommitted') == ['committed', 'aborted', 'before', 'abandoned', 'after']
transaction(by, 'ck-out', ['next'])
assert read('ck-out')[-1] == 'next'
reader.close()
say_ok()
