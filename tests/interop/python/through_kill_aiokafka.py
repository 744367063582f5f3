"""A transaction of aiokafka that the broker's kill -9 and restart fall into."""
import asyncio

from aiokafka import TopicPartition

from kit import kill_broker, say_ok
from test_aiokafka import create_topics, producer, read, write


async def main():
    await create_topics('ak')
    async with producer('ak') as by:
        async with by.transaction():
            await write(by, 'ak', ['committed'])
        async with by.transaction():
            await write(by, 'ak', ['before'])
            await by.send_offsets_to_transaction({TopicPartition('ak', 0): 1}, 'ak')
            await asyncio.to_thread(kill_broker)
            await write(by, 'ak', ['after'])
            assert await read('ak') == ['committed'], 'what was open is open'
        assert await read('ak') == ['committed', 'before', 'after']
        async with by.transaction():
            await write(by, 'ak', ['next'])
    assert await read('ak') == ['committed', 'before', 'after', 'next']


asyncio.run(main())
say_ok()
