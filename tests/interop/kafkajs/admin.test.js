// kafkajs's admin client: topics, configurations, groups, records.
'use strict'
const assert = require('node:assert/strict')
const {test} = require('node:test')
const {ConfigResourceTypes} = require('kafkajs')
const {withAdmin, withProducer, createTopic, endOffsets, newConsumer, refusedWith} = require('./kit')

const topicResource = (name, rest) => ({type: ConfigResourceTypes.TOPIC, name, ...rest})

async function configOf(admin, topic) {
    const {resources} = await admin.describeConfigs({resources: [topicResource(topic)], includeSynonyms: true})
    assert.equal(resources[0].errorCode, 0)
    return Object.fromEntries(resources[0].configEntries.map(entry => [entry.configName, entry]))
}

test('the cluster is one broker, its own controller', () => withAdmin(async admin => {
    const cluster = await admin.describeCluster()
    const [host, port] = process.env.BOOTSTRAP.split(':')
    assert.deepEqual(cluster.brokers, [{nodeId: 1, host, port: Number(port)}])
    assert.equal(cluster.controller, 1)
    assert.match(cluster.clusterId, /^[A-Za-z0-9_-]{22}$/)
}))

test('topics are created once, listed, grown and deleted', () => withAdmin(async admin => {
    const topic = 'js-topics'
    assert.equal(await admin.createTopics({topics: [{topic, numPartitions: 3}]}), true)
    assert.equal(await admin.createTopics({topics: [{topic, numPartitions: 3}]}), false)
    assert.equal(await admin.createTopics({topics: [{topic: 'js-never'}], validateOnly: true, waitForLeaders: false}), true)
    const topics = await admin.listTopics()
    assert.ok(topics.includes(topic))
    assert.ok(!topics.includes('js-never'))
    await admin.createPartitions({topicPartitions: [{topic, count: 5}]})
    const metadata = await admin.fetchTopicMetadata({topics: [topic]})
    const partitions = metadata.topics[0].partitions.sort((a, b) => a.partitionId - b.partitionId)
    assert.deepEqual(partitions.map(p => [p.partitionId, p.leader, p.replicas, p.isr]),
        [0, 1, 2, 3, 4].map(n => [n, 1, [1], [1]]))
    await admin.deleteTopics({topics: [topic]})
    assert.ok(!(await admin.listTopics()).includes(topic))
    await assert.rejects(admin.deleteTopics({topics: [topic]}), refusedWith('UNKNOWN_TOPIC_OR_PARTITION'))
}))

test('what is wrong with a new topic is said by its error', () => withAdmin(async admin => {
    const create = topic => admin.createTopics({topics: [topic]})
    await assert.rejects(create({topic: 'js bad'}), refusedWith('INVALID_TOPIC_EXCEPTION'))
    await assert.rejects(create({topic: 'js-bad', numPartitions: 0}), refusedWith('INVALID_PARTITIONS'))
    await assert.rejects(create({topic: 'js-bad', configEntries: [{name: 'no.such.key', value: '1'}]}),
        refusedWith('INVALID_CONFIG'))
}))

test('configurations are described with their sources and altered', () => withAdmin(async admin => {
    await createTopic('js-config', 1, [{name: 'retention.ms', value: '3600000'}])
    let config = await configOf(admin, 'js-config')
    assert.equal(config['retention.ms'].configValue, '3600000')
    assert.equal(config['retention.ms'].configSource, 1)
    assert.equal(config['retention.ms'].isDefault, false)
    assert.equal(config['cleanup.policy'].configValue, 'delete')
    assert.equal(config['cleanup.policy'].configSource, 5)

    // AlterConfigs names all that is to stay: what is not named falls back to its default.
    await admin.alterConfigs({
        validateOnly: false,
        resources: [topicResource('js-config', {configEntries: [{name: 'segment.bytes', value: '1048576'}]})],
    })
    config = await configOf(admin, 'js-config')
    assert.equal(config['segment.bytes'].configValue, '1048576')
    assert.equal(config['retention.ms'].configValue, '604800000')
    await assert.rejects(admin.alterConfigs({
        resources: [topicResource('js-config', {configEntries: [{name: 'segment.bytes', value: 'many'}]})],
    }), refusedWith('INVALID_CONFIG'))
    const wanted = await admin.describeConfigs({resources: [topicResource('js-config', {configNames: ['segment.bytes']})]})
    assert.deepEqual(wanted.resources[0].configEntries.map(entry => entry.configName), ['segment.bytes'])
}))

test('records are deleted up to an offset and to the end', () => withAdmin(async admin => {
    await createTopic('js-records', 2)
    await withProducer({}, async producer => {
        for (const partition of [0, 1])
            await producer.send({topic: 'js-records', messages: Array.from({length: 10}, (_, i) => ({partition, value: `${i}`}))})
    })
    await admin.fetchTopicOffsets('js-records')  // kafkajs deletes only where it knows the leader already
    await admin.deleteTopicRecords({
        topic: 'js-records',
        partitions: [{partition: 0, offset: '4'}, {partition: 1, offset: '-1'}],
    })
    assert.deepEqual(await endOffsets('js-records'), [[4, 10], [10, 10]])
    await assert.rejects(admin.deleteTopicRecords({topic: 'js-records', partitions: [{partition: 0, offset: '11'}]}),
        refusedWith('OFFSET_OUT_OF_RANGE'))
}))

test('offsets are found by time', () => withAdmin(async admin => {
    await createTopic('js-times')
    await withProducer({}, producer => producer.send({
        topic: 'js-times',
        messages: [1000, 2000, 3000].map(time => ({value: `${time}`, timestamp: `${time}`})),
    }))
    const at = async time => (await admin.fetchTopicOffsetsByTimestamp('js-times', time))[0].offset
    assert.equal(await at(1000), '0')
    assert.equal(await at(1001), '1')
    assert.equal(await at(3000), '2')
    assert.equal(await at(3001), '3', 'later than the last record: the end')
}))

test('offsets of a group without members are set, read and deleted with it', () => withAdmin(async admin => {
    await createTopic('js-offsets', 2)
    await withProducer({}, producer => producer.send({
        topic: 'js-offsets',
        messages: Array.from({length: 6}, (_, i) => ({partition: i % 2, value: `${i}`})),
    }))
    const groupId = 'js-idle'
    const offsets = async () => {
        const [{partitions}] = await admin.fetchOffsets({groupId, topics: ['js-offsets']})
        return partitions.sort((a, b) => a.partition - b.partition).map(p => p.offset)
    }
    assert.deepEqual(await offsets(), ['-1', '-1'])
    await admin.setOffsets({groupId, topic: 'js-offsets', partitions: [{partition: 0, offset: '2'}, {partition: 1, offset: '1'}]})
    assert.deepEqual(await offsets(), ['2', '1'])
    assert.ok((await admin.listGroups()).groups.some(group => group.groupId === groupId))
    const [result] = await admin.deleteGroups([groupId])
    assert.equal(result.errorCode, 0)
    assert.ok(!(await admin.listGroups()).groups.some(group => group.groupId === groupId))
    await assert.rejects(admin.deleteGroups([groupId]), refusedWith('GROUP_ID_NOT_FOUND'))
}))

test('a group is described with its members and cannot be deleted under them', () => withAdmin(async admin => {
    await createTopic('js-described', 2)
    const groupId = 'js-described'
    const consumer = newConsumer({groupId})
    const joined = new Promise(resolve => consumer.on(consumer.events.GROUP_JOIN, resolve))
    await consumer.connect()
    await consumer.subscribe({topics: ['js-described']})
    await consumer.run({eachMessage: async () => {}})
    await joined
    const {groups: [group]} = await admin.describeGroups([groupId])
    assert.equal(group.state, 'Stable')
    assert.equal(group.protocolType, 'consumer')
    assert.equal(group.protocol, 'RoundRobinAssigner')
    assert.equal(group.members.length, 1)
    assert.equal(group.members[0].clientId, 'leat-interop')
    await assert.rejects(admin.deleteGroups([groupId]), refusedWith('NON_EMPTY_GROUP'))
    await consumer.disconnect()
    const {groups: [empty]} = await admin.describeGroups([groupId])
    assert.equal(empty.state, 'Empty')
    await admin.deleteGroups([groupId])
}))
