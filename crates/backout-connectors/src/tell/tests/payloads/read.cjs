// Reads what channels have sent, by what the services publish for JavaScript: Microsoft's own parser of Adaptive Cards,
// the builders of Discord's messages with their limits, and GitHub's OpenAPI document.
//
// Lines of JSON on standard input, as read.py has them. Says what does not hold, and ends with 1 if anything.
const assert = require('node:assert/strict');
const path = require('node:path');
const from = (name) => require(path.join(process.argv.at(-1), 'node_modules', name));

const cards = from('adaptivecards/dist/adaptivecards.min.js');
const builders = from('@discordjs/builders');
const github = from('@octokit/openapi/generated/api.github.com.deref.json');
const Ajv = from('ajv');
const judge = new Ajv({ strict: false, allErrors: true });

const readers = {
  teams({ body, text }) {
    assert.deepEqual(Object.keys(body).sort(), ['attachments', 'type']);
    assert.equal(body.type, 'message');
    assert.equal(body.attachments.length, 1);
    assert.equal(body.attachments[0].contentType, 'application/vnd.microsoft.card.adaptive');
    assert.ok(Buffer.byteLength(text) <= 28 * 1024, 'a message has 28 KB at most');
    const content = body.attachments[0].content;
    const context = new cards.SerializationContext(cards.Versions.v1_4);
    const card = new cards.AdaptiveCard();
    card.parse(structuredClone(content), context);
    const said = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at).message);
    assert.deepEqual(said, []);
    assert.deepEqual(card.validateProperties().validationEvents.map((one) => one.message), []);
    // What the parser has not understood would not be written again.
    assert.deepEqual(JSON.parse(JSON.stringify(card.toJSON())), content);
  },
  discord({ body }) {
    assert.deepEqual(Object.keys(body).sort(), ['allowed_mentions', 'embeds', 'username']);
    assert.deepEqual(body.allowed_mentions, { parse: [] });
    assert.equal(body.embeds.length, 1);
    const [embed] = body.embeds;
    const built = new builders.EmbedBuilder().setTitle(embed.title).setColor(embed.color).setTimestamp(new Date(embed.timestamp));
    if ('description' in embed) built.setDescription(embed.description);
    if ('url' in embed) built.setURL(embed.url);
    if ('fields' in embed) built.addFields(...embed.fields);
    assert.deepEqual(built.toJSON(), embed);
    assert.ok(builders.embedLength(embed) <= 6000, 'an embed has 6000 characters at most');
  },
  github({ method, path: asked, body }) {
    const templates = { issues: '/repos/{owner}/{repo}/issues', comments: '/repos/{owner}/{repo}/issues/{issue_number}/comments' };
    const parts = asked.split('/');
    const template = templates[parts.at(-1)] ?? '/repos/{owner}/{repo}/issues/{issue_number}';
    assert.equal(parts.length, template.split('/').length);
    const { schema } = github.paths[template][method.toLowerCase()].requestBody.content['application/json'];
    // OpenAPI may say `nullable` of what has no type; the judge of JSON Schema may not.
    const known = JSON.parse(JSON.stringify(schema), (name, one) => {
      if (one && one.nullable && !one.type) delete one.nullable;
      return one;
    });
    const check = judge.compile({ ...known, additionalProperties: false });
    assert.ok(check(body), judge.errorsText(check.errors));
    assert.ok((body.body ?? '').length <= 65536 && (body.title ?? '').length <= 256, 'too long');
  },
};

const lines = require('node:fs').readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const count = {};
let wrong = 0;
for (const request of lines.filter((one) => one.kind in readers)) {
  count[request.kind] = (count[request.kind] ?? 0) + 1;
  try {
    readers[request.kind]({ ...request, body: JSON.parse(request.text) });
  } catch (error) {
    wrong += 1;
    console.error(`${request.kind}, ${request.case}, ${request.path}: ${String(error.message).slice(0, 400)}`);
  }
}
console.log(JSON.stringify(count));
process.exit(wrong > 0 || Object.keys(count).length < 3 ? 1 : 0);
