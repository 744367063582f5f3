"""Transactions of aiokafka, a client with a protocol implementation of its own."""
import asyncio
import unittest
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, ProducerFenced
from aiokafka.structs import OffsetAndMetadata

from kit import BOOTSTRAP, DEADLINE


@asynccontextmanager
async def started(client):
    await client.start()
    try:
        yield client
    finally:
        await (client.close if isinstance(client, AIOKafkaAdminClient) else client.stop)()


def producer(transactional_id, **settings):
    return started(AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, transactional_id=transactional_id, **settings))


def consumer(*topics, **settings):
    return started(AIOKafkaConsumer(*topics, bootstrap_servers=BOOTSTRAP, enable_auto_commit=False,
                                    auto_offset_reset='earliest', **settings))


def admin():
    return started(AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP))


async def create_topics(*names):
    async with admin() as client:
        await client.create_topics([NewTopic(name, 1, 1) for name in names])


async def write(by, topic, values):
    for value in values:
        await by.send_and_wait(topic, str(value).encode(), partition=0)


async def read(topic, isolation='read_committed'):
    """All that such a consumer sees now."""
    partition, values = TopicPartition(topic, 0), []
    async with consumer(isolation_level=isolation) as reader:
        reader.assign([partition])
        [end] = (await reader.end_offsets([partition])).values()
        async with asyncio.timeout(DEADLINE):
            while await reader.position(partition) < end:
                for messages in (await reader.getmany(timeout_ms=200)).values():
                    values += [message.value.decode() for message in messages]
    return values


class AioKafka(unittest.IsolatedAsyncioTestCase):
    async def test_committed_records_are_seen_and_aborted_ones_are_not(self):
        await create_topics('aio-ends')
        async with producer('aio-ends') as by:
            for values, fails in ((['a', 'b'], False), (['x', 'y'], True), (['c'], False)):
                try:
                    async with by.transaction():
                        await write(by, 'aio-ends', values)
                        if fails:
                            raise ValueError
                except ValueError:
                    pass
        self.assertEqual(await read('aio-ends'), ['a', 'b', 'c'])
        self.assertEqual(await read('aio-ends', 'read_uncommitted'), ['a', 'b', 'x', 'y', 'c'])

    async def test_a_second_producer_fences_the_first_and_aborts_its_transaction(self):
        await create_topics('aio-fence')
        async with producer('aio-fence') as first:
            await first.begin_transaction()
            await write(first, 'aio-fence', ['lost'])
            async with producer('aio-fence') as second:
                async with second.transaction():
                    await write(second, 'aio-fence', ['kept'])
                with self.assertRaises(ProducerFenced):
                    await first.commit_transaction()
        self.assertEqual(await read('aio-fence'), ['kept'])

    async def test_a_timeout_above_the_maximum_is_refused(self):
        with self.assertRaises(KafkaError):
            async with producer('aio-patient', transaction_timeout_ms=900001):
                pass

    async def test_records_go_through_exactly_once_though_transactions_are_aborted(self):
        await create_topics('aio-in', 'aio-out')
        async with started(AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, enable_idempotence=True)) as plain:
            await write(plain, 'aio-in', range(100))
        partition, group, tries, done = TopicPartition('aio-in', 0), 'aio-through', 0, 0
        async with producer('aio-through') as by, consumer('aio-in', group_id=group) as reader:
            while done < 100:
                messages = (await reader.getmany(partition, timeout_ms=DEADLINE * 1000, max_records=10))[partition]
                tries += 1
                await by.begin_transaction()
                await write(by, 'aio-out', [f'{message.value.decode()}!' for message in messages])
                next_offset = messages[-1].offset + 1
                await by.send_offsets_to_transaction({partition: OffsetAndMetadata(next_offset, f'try {tries}')}, group)
                if tries % 3 == 0:
                    await by.abort_transaction()
                    reader.seek(partition, done)
                else:
                    await by.commit_transaction()
                    done = next_offset
        # Kafka ends a transaction after it has said so, and this client takes what it is told before.
        async with admin() as client, asyncio.timeout(DEADLINE):
            while (await client.list_consumer_group_offsets(group))[partition] != (100, f'try {tries}'):
                await asyncio.sleep(0.05)
        self.assertEqual(await read('aio-out'), [f'{n}!' for n in range(100)])

    async def test_an_open_transaction_holds_back_what_lies_behind_it(self):
        await create_topics('aio-open')
        async with producer('aio-open') as by, started(AIOKafkaProducer(bootstrap_servers=BOOTSTRAP)) as plain:
            await by.begin_transaction()
            await write(by, 'aio-open', ['in it'])
            await write(plain, 'aio-open', ['behind'])
            self.assertEqual(await read('aio-open'), [])
            self.assertEqual(await read('aio-open', 'read_uncommitted'), ['in it', 'behind'])
            await by.abort_transaction()
        self.assertEqual(await read('aio-open'), ['behind'])

    async def test_topics_and_groups_are_told(self):
        await create_topics('aio-told')
        async with admin() as client:
            self.assertIn('aio-told', await client.list_topics())
            async with consumer('aio-told', group_id='aio-told') as reader:
                async with asyncio.timeout(DEADLINE):
                    while not reader.assignment():
                        await reader.getmany(timeout_ms=100)
                self.assertIn(('aio-told', 'consumer'), await client.list_consumer_groups())
            await client.delete_topics(['aio-told'])
            self.assertNotIn('aio-told', await client.list_topics())


if __name__ == '__main__':
    unittest.main()
