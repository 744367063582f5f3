// kafkajs's consumer: members that come and go, batches, commits, seeks and pauses.
'use strict'
const assert = require('node:assert/strict')
const {test} = require('node:test')
const {newConsumer, withAdmin, withProducer, createTopic, condition, text} = require('./kit')

function fill(topic, partitions, count, from = 0) {
    const messages = Array.from({length: count}, (_, i) => ({partition: (from + i) % partitions, value: `${from + i}`}))
    return withProducer({}, producer => producer.send({topic, messages}))
}

// A member of `groupId` that counts what it saw in `seen`; `joins` holds its assignments.
async function startMember(groupId, topic, seen, enough) {
    const consumer = newConsumer({groupId, sessionTimeout: 10000, heartbeatInterval: 500})
    const member = {consumer, joins: [], seen: 0}
    const joined = new Promise(resolve => consumer.on(consumer.events.GROUP_JOIN, ({payload}) => {
        member.joins.push(payload.memberAssignment[topic] || [])
        enough.changed()
        resolve()
    }))
    await consumer.connect()
    await consumer.subscribe({topics: [topic], fromBeginning: true})
    await consumer.run({
        eachMessage: async ({message}) => {
            member.seen++
            seen.push(text(message.value))
            enough.changed()
        },
    })
    await joined
    return member
}

async function committed(groupId, topic) {
    const [{partitions}] = await withAdmin(admin => admin.fetchOffsets({groupId, topics: [topic]}))
    return partitions.sort((a, b) => a.partition - b.partition).map(p => Number(p.offset))
}

test('two members share the partitions, and one takes over when the other leaves', async () => {
    const topic = 'js-two', groupId = 'js-two'
    await createTopic(topic, 4)
    const seen = [], state = {holds: () => false, changed: () => {}}
    const until = (holds, what) => {
        const waiting = condition(holds, what)
        state.changed = waiting.changed
        waiting.changed()
        return waiting.met
    }
    const watch = {changed: () => state.changed()}
    const first = await startMember(groupId, topic, seen, watch)
    assert.deepEqual([...first.joins.at(-1)].sort(), [0, 1, 2, 3])
    const second = await startMember(groupId, topic, seen, watch)
    await until(() => first.joins.at(-1).length === 2, () => 'the first member to give up two partitions')
    assert.deepEqual([...first.joins.at(-1), ...second.joins.at(-1)].sort(), [0, 1, 2, 3])
    await fill(topic, 4, 400)
    await until(() => seen.length >= 400, () => `400 records, seen ${seen.length}`)
    assert.deepEqual([first.seen, second.seen], [200, 200])
    await second.consumer.disconnect()
    await until(() => first.joins.at(-1).length === 4, () => 'the first member to take over')
    await fill(topic, 4, 100, 400)
    await until(() => seen.length >= 500, () => `500 records, seen ${seen.length}`)
    await first.consumer.disconnect()
    assert.deepEqual(seen.map(Number).sort((a, b) => a - b), Array.from({length: 500}, (_, i) => i))
    assert.deepEqual(await committed(groupId, topic), [125, 125, 125, 125])
})

test('eachBatch commits what it resolved, and the next member goes on there', async () => {
    const topic = 'js-batches', groupId = 'js-batches'
    await createTopic(topic)
    await fill(topic, 1, 100)
    const take = async (stopAfter) => {
        const consumer = newConsumer({groupId})
        const values = []
        const enough = condition(() => values.length >= stopAfter, () => `${stopAfter} records, seen ${values.length}`)
        await consumer.connect()
        await consumer.subscribe({topics: [topic], fromBeginning: true})
        await consumer.run({
            eachBatchAutoResolve: false,
            autoCommit: false,
            eachBatch: async ({batch, resolveOffset, heartbeat}) => {
                for (const message of batch.messages) {
                    if (values.length === stopAfter) break
                    values.push(Number(text(message.value)))
                    resolveOffset(message.offset)
                    await consumer.commitOffsets([{topic, partition: batch.partition, offset: `${Number(message.offset) + 1}`, metadata: 'here'}])
                    await heartbeat()
                }
                enough.changed()
            },
        })
        await enough.met
        await consumer.disconnect()
        return values
    }
    assert.deepEqual(await take(30), Array.from({length: 30}, (_, i) => i))
    assert.deepEqual(await committed(groupId, topic), [30])
    const [{partitions: [{metadata}]}] = await withAdmin(admin => admin.fetchOffsets({groupId, topics: [topic]}))
    assert.equal(metadata, 'here')
    assert.deepEqual(await take(70), Array.from({length: 70}, (_, i) => 30 + i))
    assert.deepEqual(await committed(groupId, topic), [100])
})

test('seek goes anywhere, pause and resume hold a topic back', async () => {
    const topic = 'js-seek', other = 'js-paused', groupId = 'js-seek'
    await createTopic(topic)
    await createTopic(other)
    await fill(topic, 1, 50)
    const seen = {[topic]: [], [other]: []}
    let enough = condition(() => seen[topic].length >= 10, () => 'the last ten')
    const consumer = newConsumer({groupId})
    await consumer.connect()
    await consumer.subscribe({topics: [topic, other], fromBeginning: true})
    await consumer.run({
        eachMessage: async ({topic: from, message}) => {
            seen[from].push(Number(text(message.value)))
            enough.changed()
        },
    })
    consumer.seek({topic, partition: 0, offset: '40'})
    await enough.met
    assert.deepEqual(seen[topic], Array.from({length: 10}, (_, i) => 40 + i))

    consumer.pause([{topic: other}])
    await fill(other, 1, 5)
    seen[topic].length = 0
    enough = condition(() => seen[topic].length >= 50, () => 'all again')
    consumer.seek({topic, partition: 0, offset: '0'})
    await enough.met
    assert.deepEqual(seen[other], [], 'nothing from the paused topic')
    enough = condition(() => seen[other].length >= 5, () => 'the paused topic')
    consumer.resume([{topic: other}])
    await enough.met
    assert.deepEqual(seen[other], [0, 1, 2, 3, 4])
    await consumer.disconnect()
})

test('an offset out of range falls back to what fromBeginning says', async () => {
    const topic = 'js-range', groupId = 'js-range'
    await createTopic(topic)
    await fill(topic, 1, 10)
    await withAdmin(async admin => {
        await admin.fetchTopicOffsets(topic)  // kafkajs deletes only where it knows the leader already
        await admin.deleteTopicRecords({topic, partitions: [{partition: 0, offset: '6'}]})
        await admin.setOffsets({groupId, topic, partitions: [{partition: 0, offset: '2'}]})
    })
    const seen = []
    const enough = condition(() => seen.length >= 4, () => `4 records, seen ${seen.length}`)
    const member = await startMember(groupId, topic, seen, enough)
    await enough.met
    await member.consumer.disconnect()
    assert.deepEqual(seen, ['6', '7', '8', '9'])
})
