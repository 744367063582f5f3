"""What the tests of confluent-kafka share: topics, producers, and what a consumer of either isolation level sees."""
import functools
import os
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

BOOTSTRAP = os.environ['BOOTSTRAP']
DEADLINE = 30


@functools.cache
def admin():
    """One for all: what is asked of one that goes away is never answered."""
    return AdminClient({'bootstrap.servers': BOOTSTRAP})


def create_topics(*names, partitions=1):
    for future in admin().create_topics([NewTopic(name, partitions) for name in names]).values():
        future.result(DEADLINE)


def producer(transactional_id, **settings):
    made = Producer({'bootstrap.servers': BOOTSTRAP, 'transactional.id': transactional_id,
                     **{key.replace('_', '.'): value for key, value in settings.items()}})
    made.init_transactions(DEADLINE)
    return made


def write(to, topic, values, partition=0):
    """Resolves once they are acknowledged."""
    for value in values:
        to.produce(topic, str(value), partition=partition)
    left = to.flush(DEADLINE)
    assert left == 0, f'{left} records were not acknowledged'


def transaction(by, topic, values, commit=True):
    by.begin_transaction()
    write(by, topic, values)
    by.commit_transaction(DEADLINE) if commit else by.abort_transaction(DEADLINE)


def consumer(isolation='read_committed', group='unused', **settings):
    return Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': group, 'isolation.level': isolation,
                     'enable.auto.commit': False, 'auto.offset.reset': 'earliest',
                     'enable.partition.eof': False,
                     **{key.replace('_', '.'): value for key, value in settings.items()}})


def end_offset(topic, isolation='read_committed', partition=0):
    asking = consumer(isolation)
    try:
        return asking.get_watermark_offsets(TopicPartition(topic, partition), DEADLINE)[1]
    finally:
        asking.close()


def take(reader, count):
    """The next `count` values of a consumer; fails at the deadline."""
    values, deadline = [], time.monotonic() + DEADLINE
    while len(values) < count:
        message = reader.poll(1)
        if message is None:
            assert time.monotonic() < deadline, f'{count} records expected, seen {values}'
            continue
        if message.error():
            raise KafkaException(message.error())
        values.append(message.value().decode())
    return values


def read(topic, isolation='read_committed', partition=0):
    """All that such a consumer sees now: until the end that the broker tells it."""
    reader = consumer(isolation, enable_partition_eof=True)
    reader.assign([TopicPartition(topic, partition, 0)])
    values, deadline = [], time.monotonic() + DEADLINE
    try:
        while time.monotonic() < deadline:
            message = reader.poll(1)
            if message is None:
                continue
            if not message.error():
                values.append(message.value().decode())
            elif message.error().name() == '_PARTITION_EOF':
                return values
            else:
                raise KafkaException(message.error())
        raise AssertionError(f'no end of {topic}, seen {values}')
    finally:
        reader.close()


def wait_until(holds, what):
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, f'waited in vain for {what}'
        time.sleep(0.05)


def kill_broker():
    """Has the suite kill the broker and start it again; returns when it has."""
    asked = os.environ['KILL_ASKED']
    with open(asked, 'w', encoding='ascii'):
        pass
    wait_until(lambda: not os.path.exists(asked), 'the restart')


def say_ok():
    with open(os.environ['KILL_ASKED'], 'w', encoding='ascii') as verdict:
        verdict.write('ok')
