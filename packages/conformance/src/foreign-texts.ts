/** A node's text as another program may have written it. Its tenant is `acme`. */
export interface ForeignText {
  readonly id: string
  readonly userId: string | null
  readonly text: string
}

const core = (id: string) =>
  `"id": "${id}", "human_content": "q", "assistant_content": "a", "tenant_id": "acme"`

/**
 * Texts that do not come out the same when they are parsed and written again: number forms, escapes, the order of
 * keys, layout, unknown keys. All of them are JSON, or what Python takes for it.
 */
export const foreignTexts: readonly ForeignText[] = [
  { id: 'compact', userId: null, text: `{${core('compact').replaceAll(' ', '')}}` },
  {
    id: 'indented',
    userId: 'kim',
    text: `{\n    "user_id": "kim",\n    ${core('indented')},\n    "tags": {},\n    "metadata": {\n      "x": []\n    }\n  }`,
  },
  {
    id: 'numbers',
    userId: null,
    text: `{${core('numbers')}, "a": 1.0, "b": 1e5, "c": -0.0, "d": 12345678901234567890, "e": 1E+2, "f": 0.10}`,
  },
  {
    id: 'escapes',
    userId: null,
    text: `{${core('escapes')}, "a": "\\u00e9\\/\\u0041", "b": "é\u{1f600}", "c": "\\ud83d", "d": "\\u0000"}`,
  },
  { id: 'keys', userId: null, text: `{"2": 0, "1": 0, "zz": null, ${core('keys')}, "10": {"b": 1, "a": 2}}` },
  {
    id: 'nulls',
    userId: null,
    text: `{${core('nulls')}, "source": null, "cluster_id": null, "last_accessed": null}`,
  },
  { id: 'spaces', userId: null, text: `{ ${core('spaces')} ,\t"a" : [ 1 ,2 ] }` },
]

/** An episode as the Python system writes it: without an owner, which follows from its nodes. */
export const foreignEpisode = {
  id: 'conv-9',
  text: `{
    "id": "conv-9",
    "title": "T\\u00e4st",
    "messages": [
      {
        "role": "human",
        "content": "q"
      }
    ],
    "message_count": 1,
    "source": "claude",
    "created_at": "2024-03-01T12:00:00.000001",
    "updated_at": "2024-03-01T12:00:00.000001",
    "duration_minutes": 0.0,
    "memory_node_ids": [
      "n1",
      "n2"
    ]
  }`,
}
