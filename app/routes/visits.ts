import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

/** By which a browser says that it only looks ahead: the standard's name, and what came before it. */
const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;
const LOOKS_AHEAD = /^\s*(prefetch|prerender|preview|instant)\b/i;

/** Programs that fetch a link to show a preview of it where somebody has pasted it. Crawlers at large are visitors like others. */
const PREVIEW_AGENT =
  /facebookexternalhit|Facebot|Twitterbot|LinkedInBot|Slackbot|Slack-ImgProxy|WhatsApp\/|TelegramBot|Discordbot|SkypeUriPreview|BingPreview|MicrosoftPreview|Mastodon\/|redditbot|Pinterestbot|kakaotalk-scrap|vkShare|Iframely|Embedly|Snap URL Preview|Bluesky Cardyb/;

/**
 * Whether a redirect is a click: somebody follows the link. A HEAD, a prefetch and a link's preview are led on, and not counted.
 * What says nothing of itself is taken for a visitor.
 */
export function isClick({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  return (
    method === 'GET' &&
    !PURPOSES.some((name) => headers[name] !== undefined && LOOKS_AHEAD.test(String(headers[name]))) &&
    !PREVIEW_AGENT.test(headers['user-agent'] ?? '')
  );
}

/** What a program asks for that reads problems. Where it takes anything, it is none of a person's browsers. */
const DATA = ['application/problem+json', 'application/json'];

/** Whether a browser shows the answer to a person: not the API's, and asked for as a page rather than as data. */
export function isForPerson({ method, url, raw }: FastifyRequest): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    !url.startsWith('/api/') &&
    new Negotiator(raw).mediaType([...DATA, 'text/html']) === 'text/html'
  );
}
