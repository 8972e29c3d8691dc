// Calls of the vendors' clients: node clients.mjs URL KEY MODEL... prints what each of them got from
// each model, as JSON, and ends with its standard input.
import Anthropic from "@anthropic-ai/sdk";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";
import { z } from "zod";

// Warnings would be among the output.
globalThis.AI_SDK_LOG_WARNINGS = false;

const [url, key, ...models] = process.argv.slice(2);
const question = "What is the weather in Paris?";
const result = "21 degrees";
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const messages = [{ role: "user", content: question }];

const openai = () => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
const anthropic = () => new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });

async function failure(call) {
  try {
    const made = await call();
    // A stream fails while it is read.
    if (made?.[Symbol.asyncIterator]) for await (const _ of made);
    return null;
  } catch (error) {
    const cause = error.lastError ?? error;
    return { status: cause.status ?? cause.statusCode, message: cause.message };
  }
}

const scenarios = {
  async chat(model) {
    const api = openai().chat.completions;
    const tools = [{ type: "function", function: { name: "weather", parameters: schema } }];
    const whole = await api.create({ model, messages });
    let streamed = "";
    for await (const chunk of await api.create({ model, messages, stream: true })) {
      streamed += chunk.choices[0]?.delta?.content ?? "";
    }
    const called = (await api.create({ model, messages, tools })).choices[0].message;
    const call = called.tool_calls[0];
    const told = { role: "tool", tool_call_id: call.id, content: result };
    const done = await api.create({ model, messages: [...messages, called, told], tools });
    const left = await api.create({ model: "openai/endless", messages, stream: true });
    for await (const _ of left) break;
    return {
      text: whole.choices[0].message.content,
      streamed,
      arguments: JSON.parse(call.function.arguments),
      done: done.choices[0].message.content,
      error: await failure(() => api.create({ model: "nobody/x", messages })),
      broken: await failure(() => api.create({ model: "openai/broken", messages, stream: true })),
    };
  },

  async responses(model) {
    const api = openai().responses;
    const tools = [{ type: "function", name: "weather", parameters: schema, strict: false }];
    const whole = await api.create({ model, input: question });
    let streamed = "";
    for await (const event of await api.create({ model, input: question, stream: true })) {
      if (event.type === "response.output_text.delta") streamed += event.delta;
    }
    const called = await api.create({ model, input: question, tools });
    const call = called.output.find((item) => item.type === "function_call");
    const told = { type: "function_call_output", call_id: call.call_id, output: result };
    const input = [{ role: "user", content: question }, ...called.output, told];
    const done = await api.create({ model, input, tools });
    const left = await api.create({ model: "openai/chat/endless", input: question, stream: true });
    for await (const event of left) if (event.type.endsWith(".delta")) break;
    return {
      text: whole.output_text,
      streamed,
      arguments: JSON.parse(call.arguments),
      done: done.output_text,
      error: await failure(() => api.create({ model: "nobody/x", input: question })),
      broken: await failure(() =>
        api.create({ model: "openai/chat/broken", input: question, stream: true }),
      ),
    };
  },

  async messages(model) {
    const api = anthropic().messages;
    const common = { model, max_tokens: 100, messages };
    const tools = [{ name: "weather", input_schema: schema }];
    const whole = await api.create(common);
    const streamed = await api.stream(common).finalText();
    const called = await api.stream({ ...common, tools }).finalMessage();
    const call = called.content.find((block) => block.type === "tool_use");
    const told = { type: "tool_result", tool_use_id: call.id, content: result };
    const turns = [
      ...messages,
      { role: "assistant", content: called.content },
      { role: "user", content: [told] },
    ];
    const done = await api.create({ ...common, messages: turns, tools });
    const left = await api.create({ ...common, model: "openai/endless", stream: true });
    for await (const event of left) if (event.type === "content_block_delta") break;
    return {
      text: whole.content[0].text,
      streamed,
      arguments: call.input,
      done: done.content[0].text,
      error: await failure(() => api.create({ ...common, model: "nobody/x" })),
      broken: await failure(() => api.create({ ...common, model: "openai/broken", stream: true })),
    };
  },

  ai_chat: (model) =>
    vercel(createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat, model, "openai"),
  ai_responses: (model) =>
    vercel(createOpenAI({ baseURL: `${url}/v1`, apiKey: key }), model, "openai/chat"),
  ai_messages: (model) =>
    vercel(createAnthropic({ baseURL: `${url}/v1`, apiKey: key }), model, "openai"),
};

async function vercel(provider, model, other) {
  const named = { model: provider(model), prompt: question, maxRetries: 0 };
  let given;
  const tools = {
    weather: tool({
      description: "The weather",
      inputSchema: z.object({ city: z.string() }),
      execute: async (input) => {
        given = input;
        return result;
      },
    }),
  };
  const whole = await generateText(named);
  let streamed = "";
  for await (const text of streamText(named).textStream) streamed += text;
  const done = await generateText({ ...named, tools, stopWhen: stepCountIs(3) });
  const leaving = new AbortController();
  const left = streamText({
    ...named,
    model: provider(`${other}/endless`),
    abortSignal: leaving.signal,
    onError: () => {},
  });
  for await (const _ of left.textStream) break;
  leaving.abort();
  const broken = async () => {
    const call = streamText({
      ...named,
      model: provider(`${other}/broken`),
      onError: ({ error }) => (failed = error),
    });
    let failed;
    for await (const _ of call.textStream);
    throw failed;
  };
  return {
    text: whole.text,
    streamed,
    arguments: given,
    done: done.text,
    error: await failure(() => generateText({ ...named, model: provider("nobody/x") })),
    broken: await failure(broken),
  };
}

const found = {};
await Promise.all(
  models.flatMap((model) =>
    Object.entries(scenarios).map(async ([client, run]) => {
      found[`${client} ${model}`] = await run(model).catch((error) => ({ failed: `${error.stack}` }));
    }),
  ),
);
console.log(JSON.stringify(found));
// Connections stay open until then, but for those that the scenarios have left.
process.stdin.on("end", () => process.exit(0)).resume();
