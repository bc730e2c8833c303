// A certified OpenID Connect provider (npm oidc-provider) for tests: node oidc-provider.mjs NODE_MODULES [HOST]. Prints its address when it listens; ends with its parent's pipe.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const { default: Provider } = await import(pathToFileURL(`${process.argv[2]}/oidc-provider/lib/index.js`));
const groups = { ada: ['family', 'homelab-admins'], bob: ['homelab-watchers'], eve: ['guests'] };
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://${process.argv[3] ?? '127.0.0.1'}:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'homelab', client_secret: 'what only both of them know', redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code'], grant_types: ['authorization_code'] }],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    pkce: { required: () => true },
    cookies: { keys: ['of a test'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `number-of-${id}`, preferred_username: id, groups: groups[id] ?? [] }) }),
  });
  // The server under test takes any free port.
  provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/127\.0\.0\.1:\d+\/api\/session\/oidc\/callback$/.test(uri);
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.on('end', () => process.exit()).resume();
