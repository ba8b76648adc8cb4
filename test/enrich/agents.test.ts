import { describe, expect, test } from 'vitest'
import { makeDevices } from '../../src/enrich/device.ts'

const unlimited = { now: () => 0, missesPerSecondMax: Number.POSITIVE_INFINITY, cacheMax: 5_000 }
const { find } = makeDevices(unlimited)

const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0'
const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'

describe('apps', () => {
  test.each([
    'AcmeMail/5.2 (iPhone; iOS 17.4; Scale/3.00)',
    'AcmeMail/5.2 CFNetwork/1494.0.7 Darwin/23.4.0',
    'Acme/7.1 (Android 14) okhttp/4.12.0',
    'Dalvik/2.1.0 (Linux; U; Android 13; SM-G991B Build/TP1A)',
    `Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) AcmeChat/4 Chrome/124.0.0.0 Electron/30.0.0 Safari/537.36`,
    'Mozilla/5.0 (Linux; Android 13; SM-A515F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/119.0.0.0 Mobile Safari/537.36',
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) ${webkit} Mobile/15E148`,
    // What the frameworks send when nobody tells them otherwise.
    'okhttp/4.12.0',
    'okhttp/5.1.0',
    'Dart/3.1 (dart:io)',
    'dart:io',
    'Dart/3.9 (dart:io) AcmeShop/2.1',
    'AcmeShop/2 (dart:io) Flutter/3.35',
    'ktor-client',
    'Ktor http-client',
    'ReactNative',
    'react-native/0.81.0',
    'ReactNativeApp/1.0',
    'Expo/1017756 CFNetwork/1494.0.7 Darwin/23.4.0',
    'AcmeShop/3.2.1 (com.example.shop; build:7; iOS 17.4.1) Alamofire/5.8.1',
    'Cronet/119.0.6045.31@68f8c0f3',
    'Acme.Mobile/1.0 (.NET MAUI/9.0)',
    'Xamarin.Android/13.2',
    'tauri-plugin-http/2.5.0',
    'UnityPlayer/2022.3.62f1 (UnityWebRequest/1.0, libcurl/8.10.1-DEV)',
    'Goose/2.1 CFNetwork/1494.0.7 Darwin/23.4.0',
    'Acme-iOS/3.1.0',
    'AcmeShop-Android/3.1.0',
    'AppAuth-Android/0.11.1',
    'Apollo/Android',
    'MSAL.iOS',
    'Acme/1.0 (.NET MAUI; Android)',
    'AcmeBank/1.0 (Linux; Android 13; CUBOT P80) okhttp/4.11.0',
  ])('%s is an app', (userAgent) => {
    expect(find(userAgent)).toMatchObject({ state: 'hit', agentClass: 'app' })
  })
})

describe('software without a person at it', () => {
  const cases = {
    script: [
      'curl/8.7.1',
      'Wget/1.21.4',
      'python-requests/2.32.3',
      'Python/3.12 aiohttp/3.9.5',
      'Go-http-client/2.0',
      'node',
      'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
      'axios/1.7.2',
      'Java/17.0.10',
      'Apache-HttpClient/4.5.14 (Java/17.0.10)',
      'PostmanRuntime/7.39.0',
      'CURL/8.7.1',
      'ReactorNetty/1.1.18',
      'Apache-HttpAsyncClient/5.3 (Java/21)',
      'AcmePay/Python 7.2.0',
      'AcmePay/JS 4.1.0',
      'grpc-java-netty/1.68.1',
      'npm/10.9.0 node/v22.12.0 linux x64 workspaces/false',
      'docker/27.4.0 go/go1.22.10',
      'perl/5.36 LWP::UserAgent/6.77',
      'terraform-provider-keycloak/5.5',
      'workos-node/7.70.0',
      'acme-python/5.30',
      'acme-cli/2.1 (linux)',
      'openid-client/6.1',
      'WordPress/6.6; https://example.com',
      'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1682',
    ],
    bot: [
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) ${chrome} Mobile Safari/537.36 (compatible; Googlebot/2.1)`,
      'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
      'UptimeRobot/2.0',
      'ExampleBot/2.1 okhttp/4.12.0',
      'Uptime-Kuma/1.23.16',
      'kube-probe/1.31',
      'Prometheus/2.55.1',
      'Datadog/Synthetics',
      'Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)',
    ],
    ai_agent: [
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot',
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)',
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
      'PerplexityBot/1.0',
      'PERPLEXITY-USER/1.0',
      'Meta-ExternalAgent/1.1',
      'claude-cli/1.0.98 (external, cli)',
      'codex_cli_rs/0.40.0 (Mac OS 15.1; arm64)',
      'GeminiCLI/0.8.1/model (linux; x64)',
      'GitHub CLI 2.82.0 Agent/copilot-cli',
      'glab/v1.97.0 (darwin, arm64) Coding-Agent/claude-code',
      'claude-code/1.0.88 (cli)',
      'OpenAI/Python 1.52.0',
      'AsyncOpenAI/Python 2.20.0',
      'AsyncAzureOpenAI/Python 2.20.0',
      'OpenAI/v1 PythonBindings/0.28.1',
      'OpenAI/Go 1.12.0',
      'Anthropic/Python 0.39.0',
      'Anthropic/JS 0.71.2',
      'AsyncAnthropicBedrock/Python 0.107.1',
      'anthropic-sdk-go/1.4.0',
      'Groq/Python 0.30.0',
      'AsyncCerebras/Python 1.50.1',
      'Agents/Python 0.3.0',
      'google-genai-sdk/1.38.0 gl-python/3.13.1',
      'mistral-client-python/0.4.2',
      'ai-sdk/openai-compatible/1.0.22',
      'mcp-remote/0.1.16',
      'mcp-inspector/0.17',
      'FastMCP/2.12.4',
      'acme-mcp-client/1.0',
      'Cline/3.8.4',
      'Roo-Code/3.28',
      'goose/1.0',
      'goose',
      'aider/0.86.1',
      'opencode/0.14.0',
      'Cursor/1.7.44',
      'gemini-cli/0.8.1',
      'GeminiCLI-tui/0.49.0',
      'QwenCode/0.0.14',
      'kimi-code-cli/1.2.3',
      'GitHubCopilotChat/0.31.0',
      'langchain-core/0.3.76',
      'LiteLLM/1.77.5',
      'litellm/1.77.5',
      'crewAI/0.193',
      'autogen-agentchat/0.7',
      'Manus-User/1.0',
      'Mozilla/5.0 (compatible; Google-Extended)',
      `Mozilla/5.0 (X11; Linux x86_64) ${chrome} Safari/537.36 (compatible; GoogleAgent-Mariner; +https://developers.google.com)`,
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${chrome} Safari/537.36; compatible; OpenAI-Operator/1.0`,
      'acme-ai-agent/2.0 python-requests/2.32.3',
      'copilot/0.0.353 (linux v24.9.0)',
      'ai/5.0.60 runtime/node.js/22',
      'cohere/5.18.0',
      'unknown/None; hf_hub/0.35.0; python/3.12',
      'Antigravity/1.11.3',
      'kiro-cli/1.19',
      'SWE-agent/1.1',
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Amzn-User/1.0) Chrome/119.0.6045.214',
    ],
  } as const

  for (const [agentClass, userAgents] of Object.entries(cases)) {
    test.each(userAgents)(
      `%s is ${agentClass}, and its claims of a browser are not repeated`,
      (text) => {
        expect(find(text)).toEqual({ state: 'hit', browser: '', os: '', type: '', agentClass })
      },
    )
  }

  test('a headless browser is told apart from one with a window', () => {
    const text =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36'
    expect(find(text)).toMatchObject({ os: 'Linux', agentClass: 'headless' })
    expect(find('Mozilla/5.0 (X11; Linux x86_64) Playwright/1.48').agentClass).toBe('headless')
    expect(find(`Mozilla/5.0 (X11) HeadlessEdg/142.0.0.0`).agentClass).toBe('headless')
  })
})
