// Transactions of @confluentinc/kafka-javascript, which is librdkafka behind the interface of kafkajs.
'use strict'
const assert = require('node:assert/strict')
const {test} = require('node:test')
const {KafkaJS: {Kafka, ErrorCodes}} = require('@confluentinc/kafka-javascript')
const {createTopic, withProducer, readAll, text, condition} = require('./kit')

const settings = {'bootstrap.servers': process.env.BOOTSTRAP, log_level: 3}

async function transactional(id, use) {
    const producer = new Kafka().producer({...settings, 'transactional.id': id})
    await producer.connect()
    try {
        return await use(producer)
    } finally {
        await producer.disconnect()
    }
}

const send = (to, topic, values) => to.send({topic, messages: values.map(value => ({partition: 0, value: `${value}`}))})
const values = async (topic, count, options) => (await readAll(topic, count, options)).map(r => text(r.value))

test('committed records are seen and aborted ones are not', async () => {
    await createTopic('cjs-ends')
    await transactional('cjs-ends', async producer => {
        for (const [sent, end] of [[['a', 'b'], 'commit'], [['x', 'y'], 'abort'], [['c'], 'commit']]) {
            const transaction = await producer.transaction()
            await send(transaction, 'cjs-ends', sent)
            await transaction[end]()
        }
    })
    assert.deepEqual(await values('cjs-ends', 3), ['a', 'b', 'c'])
    assert.deepEqual(await values('cjs-ends', 5, {readUncommitted: true}), ['a', 'b', 'x', 'y', 'c'])
})

test('a second producer fences the first and aborts its transaction', async () => {
    await createTopic('cjs-fence')
    await transactional('cjs-fence', async first => {
        const lost = await first.transaction()
        await send(lost, 'cjs-fence', ['lost'])
        await transactional('cjs-fence', async second => {
            const kept = await second.transaction()
            await send(kept, 'cjs-fence', ['kept'])
            await kept.commit()
        })
        await assert.rejects(lost.commit(), error => error.code === ErrorCodes.ERR__FENCED || assert.fail(error))
    })
    assert.deepEqual(await values('cjs-fence', 1), ['kept'])
})

test('records go through exactly once though transactions are aborted', async () => {
    const count = 60
    await createTopic('cjs-in')
    await createTopic('cjs-out')
    await withProducer({}, producer => send(producer, 'cjs-in', Array.from({length: count}, (_, i) => i)))
    let done = 0
    const enough = condition(() => done === count, () => `${count} records, done ${done}`)
    const consumer = new Kafka().consumer({...settings, 'group.id': 'cjs-through', 'auto.offset.reset': 'earliest',
        'enable.auto.commit': false})
    await consumer.connect()
    await consumer.subscribe({topics: ['cjs-in']})
    await transactional('cjs-through', async producer => {
        const sendOnce = async (message, end) => {
            const transaction = await producer.transaction()
            await send(transaction, 'cjs-out', [`${text(message.value)}!`])
            await transaction.sendOffsets({consumer,
                topics: [{topic: 'cjs-in', partitions: [{partition: 0, offset: `${+message.offset + 1}`}]}]})
            await transaction[end]()
        }
        await consumer.run({
            eachMessage: async ({message}) => {
                if (+message.offset % 7 === 0) await sendOnce(message, 'abort')
                await sendOnce(message, 'commit')
                done = +message.offset + 1
                enough.changed()
            },
        })
        await enough.met
        const [{offset}] = await consumer.committed([{topic: 'cjs-in', partition: 0}])
        assert.equal(offset, `${count}`)
        await consumer.disconnect()
    })
    assert.deepEqual(await values('cjs-out', count), Array.from({length: count}, (_, i) => `${i}!`))
})
