// kafkajs's transactions, by the oldest protocol for them: AddPartitionsToTxn 1, EndTxn 1, no epoch of their own.
'use strict'
const assert = require('node:assert/strict')
const {test} = require('node:test')
const {newConsumer, withAdmin, withProducer, createTopic, condition, refusedWith, text, readAll} = require('./kit')

const transactional = (transactionalId, use, options = {}) =>
    withProducer({transactionalId, idempotent: true, maxInFlightRequests: 1, ...options}, use)

const send = (to, topic, values) => to.send({topic, messages: values.map(value => ({partition: 0, value: `${value}`}))})
const values = async (topic, count, options) => (await readAll(topic, count, options)).map(r => text(r.value))

test('committed records are seen and aborted ones are not', async () => {
    await createTopic('js-ends')
    await transactional('js-ends', async producer => {
        for (const [sent, end] of [[['a', 'b'], 'commit'], [['x', 'y'], 'abort'], [['c'], 'commit']]) {
            const transaction = await producer.transaction()
            await send(transaction, 'js-ends', sent)
            await transaction[end]()
        }
    })
    assert.deepEqual(await values('js-ends', 3), ['a', 'b', 'c'])
    assert.deepEqual(await values('js-ends', 5, {readUncommitted: true}), ['a', 'b', 'x', 'y', 'c'])
})

test('a second producer fences the first and aborts its transaction', async () => {
    await createTopic('js-fence')
    await transactional('js-fence', async first => {
        const lost = await first.transaction()
        await send(lost, 'js-fence', ['lost'])
        await transactional('js-fence', async second => {
            const kept = await second.transaction()
            await send(kept, 'js-fence', ['kept'])
            await assert.rejects(lost.commit(), refusedWith('INVALID_PRODUCER_EPOCH'))
            await kept.commit()
        })
    })
    assert.deepEqual(await values('js-fence', 1), ['kept'])
})

test('a timeout above the maximum is refused', () => assert.rejects(
    transactional('js-patient', producer => producer.transaction(), {transactionTimeout: 900001, retry: {retries: 1}}),
    refusedWith('INVALID_TRANSACTION_TIMEOUT')))

test('records go through exactly once though transactions are aborted', async () => {
    await createTopic('js-in')
    await createTopic('js-out')
    await withProducer({}, producer => send(producer, 'js-in', Array.from({length: 60}, (_, i) => i)))
    const consumerGroupId = 'js-through'
    const seen = []
    const enough = condition(() => seen.length >= 60, () => `60 records, seen ${seen.length}`)
    const consumer = newConsumer({groupId: consumerGroupId})
    await consumer.connect()
    await consumer.subscribe({topics: ['js-in'], fromBeginning: true})
    await transactional('js-through', async producer => {
        const sendOnce = async (message, end) => {
            const transaction = await producer.transaction()
            await send(transaction, 'js-out', [`${text(message.value)}!`])
            await transaction.sendOffsets({consumerGroupId,
                topics: [{topic: 'js-in', partitions: [{partition: 0, offset: `${+message.offset + 1}`}]}]})
            await transaction[end]()
        }
        await consumer.run({
            autoCommit: false,
            eachMessage: async ({message}) => {
                if (+message.offset % 7 === 0) await sendOnce(message, 'abort')
                await sendOnce(message, 'commit')
                seen.push(+text(message.value))
                enough.changed()
            },
        })
        await enough.met
        await consumer.disconnect()
    })
    assert.deepEqual(await values('js-out', 60), Array.from({length: 60}, (_, i) => `${i}!`))
    const [{partitions: [{offset}]}] = await withAdmin(admin => admin.fetchOffsets({groupId: consumerGroupId, topics: ['js-in']}))
    assert.equal(offset, '60')
})
