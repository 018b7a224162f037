import { createValueCodec, decodeBatch, encodeBatch, valueCodec } from '@rafted/wire'

// A client asks the group "queue" for its length.
const batch = encodeBatch({ cluster: 'shop', versions: [1, 1], sender: 'client-1' }, [
  {
    kind: 'request',
    request: {
      kind: 'query',
      id: 1,
      group: 'queue',
      incarnation: null,
      read: 'linearizable',
      maxStalenessMs: 0,
      here: false,
      payload: valueCodec.encode(['length']),
    },
  },
])

// The host takes the batch whole, or throws BadBytes: what it throws for bytes from outside, and nothing else.
const { head, items } = decodeBatch(batch, { cluster: 'shop' })
for (const item of items)
  if (item.kind === 'request' && item.request.kind === 'query')
    console.log(head.sender, 'asks', item.request.group, valueCodec.decode(item.request.payload))

// Values keep their types, within limits; what would come back as something else is refused.
const small = createValueCodec({ maxBytes: 1000 })
const value = { due: new Date(0), tags: new Set(['a']), big: 2n ** 70n, none: undefined }
console.log(small.decode(small.encode(value)))
