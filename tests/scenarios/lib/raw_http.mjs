// What a server answers to exact bytes: node raw_http.mjs PORT [MS] <REQUEST
// Prints all that comes until the server closes, or for MS milliseconds after
// the last byte; then "(closed)" or "(open)".
import { connect } from 'node:net';

const [port, patience = '1500'] = process.argv.slice(2);
const chunks = [];
for await (const chunk of process.stdin)
	chunks.push(chunk);
const socket = connect(Number(port), '127.0.0.1');
let timer;
const finish = (how) => {
	process.stdout.write(`\n(${how})\n`);
	process.exit(0);
};
const wait = () => {
	clearTimeout(timer);
	timer = setTimeout(() => finish('open'), Number(patience));
};
socket.on('data', (data) => {
	process.stdout.write(data);
	wait();
});
socket.on('error', () => finish('closed'));
socket.on('close', () => finish('closed'));
socket.write(Buffer.concat(chunks));
wait();
