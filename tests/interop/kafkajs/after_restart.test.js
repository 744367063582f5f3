// What the other tests left behind is still there after a kill -9 and another start.
'use strict'
const assert = require('node:assert/strict')
const {test} = require('node:test')
const {withAdmin, endOffsets, text, readAll} = require('./kit')

test('topics, their sizes and their configurations are there', () => withAdmin(async admin => {
    const topics = await admin.listTopics()
    assert.ok(topics.includes('js-shapes') && !topics.includes('js-topics'))
    assert.deepEqual(await endOffsets('js-records'), [[4, 10], [10, 10]])
    const {resources: [{configEntries}]} = await admin.describeConfigs({resources: [{type: 2, name: 'js-config', configNames: ['segment.bytes']}]})
    assert.equal(configEntries[0].configValue, '1048576')
}))

test('records are there', async () => {
    assert.deepEqual((await readAll('js-idempotent', 200)).map(r => text(r.value)),
        Array.from({length: 200}, (_, i) => `${i}`))
})

test('committed offsets and groups are there', () => withAdmin(async admin => {
    const [{partitions}] = await admin.fetchOffsets({groupId: 'js-two', topics: ['js-two']})
    assert.deepEqual(partitions.map(p => p.offset), ['125', '125', '125', '125'])
    const {groups: [group]} = await admin.describeGroups(['js-two'])
    assert.equal(group.state, 'Empty')
    assert.ok(!(await admin.listGroups()).groups.some(({groupId}) => groupId === 'js-described'))
}))
