// An idempotent producer and a consumer group that live through a kill -9 of the broker: the suite kills it
// when this script asks for it, and starts it again on the same port.
'use strict'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const {newConsumer, withAdmin, withProducer, createTopic, condition, text, readAll} = require('./kit')

const asked = process.env.KILL_ASKED
const topic = 'js-kill', groupId = 'js-kill', count = 400

async function main() {
    await createTopic(topic)
    const seen = []
    const enough = condition(() => seen.at(-1) === count - 1, () => `the last record, seen ${seen.length}`)
    const consumer = newConsumer({groupId, sessionTimeout: 6000, heartbeatInterval: 500})
    await consumer.connect()
    await consumer.subscribe({topics: [topic], fromBeginning: true})
    await consumer.run({
        autoCommitThreshold: 10,
        eachMessage: async ({message}) => {
            seen.push(Number(text(message.value)))
            enough.changed()
        },
    })
    await withProducer({idempotent: true, maxInFlightRequests: 1}, async producer => {
        for (let i = 0; i < count; ++i) {
            if (i === count / 4) fs.writeFileSync(asked, '')
            await producer.send({topic, messages: [{value: `${i}`}]})
        }
    })
    await enough.met
    await consumer.disconnect()

    const all = Array.from({length: count}, (_, i) => i)
    assert.deepEqual((await readAll(topic, count)).map(r => Number(text(r.value))), all, 'each record once, in order')
    assert.deepEqual([...new Set(seen)].sort((a, b) => a - b), all, 'the group saw every record')
    const [{partitions: [{offset}]}] = await withAdmin(admin => admin.fetchOffsets({groupId, topics: [topic]}))
    assert.equal(offset, `${count}`, 'the group committed all of it')
}

// kafkajs may keep a socket that reconnects: the end is ours to say.
main().then(() => {
    fs.writeFileSync(asked, 'ok')
    process.exit(0)
}, error => {
    console.error(error)
    process.exit(1)
})
