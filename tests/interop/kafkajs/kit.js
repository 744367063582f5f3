// What the tests with kafkajs share: a client on $BOOTSTRAP, reading a whole topic, waiting for something.
'use strict'
const assert = require('node:assert/strict')
const {Kafka, logLevel} = require('kafkajs')

const kafka = new Kafka({
    clientId: 'leat-interop',
    brokers: [process.env.BOOTSTRAP],
    logLevel: process.env.VERBOSE ? logLevel.DEBUG : logLevel.NOTHING,
    retry: {initialRetryTime: 50, maxRetryTime: 500, retries: Number(process.env.RETRIES || 3)},
})

// A consumer that waits for records briefly: to disconnect it waits for its last fetch.
function newConsumer(options) {
    return kafka.consumer({maxWaitTimeInMs: 100, ...options})
}

async function withAdmin(use) {
    const admin = kafka.admin()
    await admin.connect()
    try {
        return await use(admin)
    } finally {
        await admin.disconnect()
    }
}

async function withProducer(options, use) {
    const producer = kafka.producer({allowAutoTopicCreation: false, ...options})
    await producer.connect()
    try {
        return await use(producer)
    } finally {
        await producer.disconnect()
    }
}

function createTopic(topic, numPartitions = 1, configEntries = []) {
    return withAdmin(admin => admin.createTopics({topics: [{topic, numPartitions, configEntries}]}))
}

async function endOffsets(topic) {
    const partitions = await withAdmin(admin => admin.fetchTopicOffsets(topic))
    return partitions.sort((a, b) => a.partition - b.partition).map(({low, high}) => [+low, +high])
}

// Resolves when `holds` does; whoever changes what it looks at calls the returned `changed`.
function condition(holds, what, milliseconds = 60000) {
    let changed
    const met = new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`waited in vain for ${what()}`)), milliseconds)
        changed = () => {
            if (!holds()) return
            clearTimeout(timer)
            resolve()
        }
    })
    return {met, changed}
}

// For assert.rejects: the broker's error, however deep kafkajs wraps it.
function refusedWith(type) {
    const types = error => {
        if (!error) return []
        const parts = [...(error.errors || []), ...[...(error.partitions || []), ...(error.groups || [])].map(p => p.error)]
        return [error.type, ...types(error.cause), ...parts.flatMap(types)]
    }
    return error => types(error).includes(type) || assert.fail(`expected ${type}, got ${error}`)
}

function text(bytes) {
    return bytes === null || bytes === undefined ? null : bytes.toString()
}

// The records of `topic` that a fresh group sees, as many as the topic holds.
async function readAll(topic, count, options = {}) {
    const consumer = newConsumer({groupId: `read-${topic}-${process.hrtime.bigint()}`, ...options})
    const records = []
    const enough = condition(() => records.length >= count, () => `${count} records, seen ${records.length}`)
    await consumer.connect()
    await consumer.subscribe({topics: [topic], fromBeginning: true})
    await consumer.run({
        eachMessage: async ({partition, message}) => {
            records.push({partition, ...message})
            enough.changed()
        },
    })
    try {
        if (count > 0) await enough.met
    } finally {
        await consumer.disconnect()
    }
    return records.sort((a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)))
}

module.exports = {newConsumer, withAdmin, withProducer, createTopic, endOffsets, condition, refusedWith,
    text, readAll}
