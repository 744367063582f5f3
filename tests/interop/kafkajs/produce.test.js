// kafkajs's producer: what was sent comes back byte by byte, under every acks and from the idempotent producer.
'use strict'
const assert = require('node:assert/strict')
const {test} = require('node:test')
const {CompressionTypes} = require('kafkajs')
const {withProducer, createTopic, endOffsets, refusedWith, text, readAll} = require('./kit')

for (const [name, acks] of [['all', -1], ['leader', 1]]) {
    for (const [codec, compression] of [['none', CompressionTypes.None], ['gzip', CompressionTypes.GZIP]]) {
        test(`acks ${name} with codec ${codec}: all comes back in order`, async () => {
            const topic = `js-acks-${name}-${codec}`
            await createTopic(topic, 3)
            const sent = Array.from({length: 300}, (_, i) => ({partition: i % 3, key: `k${i}`, value: `value ${i}`}))
            await withProducer({}, async producer => {
                for (let from = 0; from < sent.length; from += 50) {
                    const answers = await producer.send({topic, acks, compression, messages: sent.slice(from, from + 50)})
                    assert.ok(answers.every(answer => answer.errorCode === 0))
                }
            })
            if (acks === -1) assert.deepEqual(await endOffsets(topic), [[0, 100], [0, 100], [0, 100]])
            // With acks 1 the answer may come before the sync, and what is not synced is not seen yet.
            const seen = await readAll(topic, 300)
            assert.deepEqual(await endOffsets(topic), [[0, 100], [0, 100], [0, 100]])
            assert.deepEqual(seen.map(r => [r.partition, r.offset, text(r.key), text(r.value)]),
                sent.map((r, i) => [r.partition, `${Math.floor(i / 3)}`, r.key, r.value])
                    .sort((a, b) => a[0] - b[0] || a[1] - b[1]))
        })
    }
}

test('acks 0 is not answered and yet written', async () => {
    await createTopic('js-acks-none')
    await withProducer({}, async producer => {
        await producer.send({topic: 'js-acks-none', acks: 0, messages: [{value: 'a'}, {value: 'b'}]})
        await producer.send({topic: 'js-acks-none', messages: [{value: 'c'}]})
    })
    assert.deepEqual((await readAll('js-acks-none', 3)).map(r => text(r.value)), ['a', 'b', 'c'])
})

test('null and empty keys and values, headers and times come back as they were', async () => {
    await createTopic('js-shapes')
    const bytes = Buffer.from([0, 1, 254, 255])
    const sent = [
        {key: null, value: 'null key', timestamp: '1600000000000'},
        {key: 'null value', value: null, timestamp: '1600000000001'},
        {key: '', value: '', timestamp: '1600000000002'},
        {key: bytes, value: bytes, timestamp: '1600000000003'},
        {key: 'headers', value: 'x', timestamp: '1600000000004',
            headers: {one: 'ü', empty: '', raw: bytes, many: ['first', 'second']}},
    ]
    await withProducer({}, producer => producer.send({topic: 'js-shapes', messages: sent}))
    const seen = await readAll('js-shapes', sent.length)
    const asBytes = value => (value === null ? null : Buffer.from(value))
    assert.deepEqual(seen.map(r => [r.key, r.value, r.timestamp]),
        sent.map(r => [asBytes(r.key), asBytes(r.value), r.timestamp]))
    const {one, empty, raw, many} = seen[4].headers
    assert.deepEqual([text(one), text(empty), raw, many.map(text)], ['ü', '', bytes, ['first', 'second']])
})

test('an idempotent producer writes each record once and in order', async () => {
    await createTopic('js-idempotent')
    await withProducer({idempotent: true, maxInFlightRequests: 1}, async producer => {
        for (let i = 0; i < 100; ++i)
            await producer.send({topic: 'js-idempotent', messages: [{value: `${2 * i}`}, {value: `${2 * i + 1}`}]})
    })
    assert.deepEqual((await readAll('js-idempotent', 200)).map(r => text(r.value)),
        Array.from({length: 200}, (_, i) => `${i}`))
})

test('several topics in one batch, and a large record', async () => {
    await createTopic('js-batch-a')
    await createTopic('js-batch-b')
    const large = 'l'.repeat(900000)
    await withProducer({}, producer => producer.sendBatch({
        topicMessages: [
            {topic: 'js-batch-a', messages: [{value: 'a'}]},
            {topic: 'js-batch-b', messages: [{value: large}]},
        ],
    }))
    assert.equal(text((await readAll('js-batch-a', 1))[0].value), 'a')
    assert.equal(text((await readAll('js-batch-b', 1))[0].value), large)
})

test('a record larger than max.message.bytes is refused', async () => {
    await createTopic('js-small', 1, [{name: 'max.message.bytes', value: '1000'}])
    await withProducer({retry: {retries: 0}}, producer => assert.rejects(
        producer.send({topic: 'js-small', messages: [{value: 'x'.repeat(2000)}]}), refusedWith('MESSAGE_TOO_LARGE')))
})
