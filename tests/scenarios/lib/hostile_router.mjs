// A router that speaks UPnP, as a program on a router of internet.mjs, and what it
// should never make us do.
//
//	const router = new Program(t, home.router, url,
//		{ own: '10.77.0.1', manner: 'bomb' })
//	await router.event((e) => e.event === 'described')  // somebody has read it
//
// Manners: bomb (entities without end), deep (elements), endless (bytes), slow (a
// byte a second), redirect (to options.target), elsewhere (its services are at
// options.target).
// It tells { event: 'described' }, { event: 'asked', action }.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { main } from './program.mjs';

export const HOSTILE_ROUTER = import.meta.url;

const SSDP = { group: '239.255.255.250', port: 1900 };
const SERVICE = 'urn:schemas-upnp-org:service:WANIPConnection:1';

const description = (base, control) => `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">${base}<device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
<deviceList><device><deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType>
<serviceList><service>
<serviceType>urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1</serviceType>
<controlURL>${control}</controlURL></service></serviceList>
<deviceList><device>
<deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType>
<serviceList><service><serviceType>${SERVICE}</serviceType>
<controlURL>${control}</controlURL></service></serviceList>
</device></deviceList></device></deviceList></device></root>`;

const BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' +
	'bcdefghi'.split('').map((name, i) => `<!ENTITY ${name} "` +
		`&${'abcdefghi'[i]};`.repeat(10) + '">').join('') + ']><b>&i;</b>';

async function drip(response) {
	for (const byte of description('', '/control')) {
		response.write(byte);
		await new Promise((done) => setTimeout(done, 1000));
	}
}

function flood(response) {
	const more = () => {
		while (response.write(Buffer.alloc(1 << 16, 'a')));
	};
	response.on('drain', more);
	more();
}

const manners = {
	bomb: (response) => response.end(BOMB),
	deep: (response) => response.end('<a>'.repeat(10000)),
	endless: flood,
	slow: drip,
	redirect: (response, target) => {
		response.writeHead(302, { Location: target });
		response.end();
	},
	elsewhere: (response, target) => response.end(description(
		`<URLBase>${target}</URLBase>`, `${target}control`)),
};

main(import.meta.url, async ({ own, manner, target }, tell) => {
	const server = createServer((request, response) => {
		if (request.url === '/root.xml') {
			tell({ event: 'described' });
			response.on('error', () => {});
			return manners[manner](response, target);
		}
		tell({ event: 'asked', action: request.headers.soapaction });
		response.writeHead(500);
		return response.end();
	});
	await new Promise((done) => server.listen(0, own, done));
	const socket = createSocket({ type: 'udp4', reuseAddr: true });
	socket.on('message', (message, from) => {
		const kind = /^ST: (.*)\r$/m.exec(message)?.[1];
		socket.send('HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\n' +
			`ST: ${kind}\r\nUSN: uuid:1::${kind}\r\nEXT:\r\nSERVER: x UPnP/1.1\r\n` +
			`LOCATION: http://${own}:${server.address().port}/root.xml\r\n\r\n`,
		from.port, from.address);
	});
	await new Promise((done) => socket.bind(SSDP.port, done));
	socket.addMembership(SSDP.group, own);
	tell({ event: 'ready' });
});
