import { ERROR_CATALOG } from '@connect/base';
import { MAX_FILTERS } from '../proto/source-selection';
import { ascpChapter } from './ascp-options';
import { OPTION_GROUPS } from './option-table';

const HEAD = `# connect-cp

Moves files and folders between this machine and a server, over UDP at the rate you choose, encrypted, verified, and
resumed where it stopped.

## Synopsis

    connect-cp [options] SOURCE... [user@]host:DESTINATION
    connect-cp [options] [user@]host:SOURCE... DESTINATION
    connect-cp [options] --mode=send --host=HOST --user=USER SOURCE... DESTINATION
    connect-cp [options] --mode=recv --host=HOST --user=USER SOURCE... DESTINATION

## Description

connect-cp logs in to the server by SSH, agrees on fresh keys, and then sends the data in sealed UDP datagrams. The
server is a connect-server, or any SSH host that has connect-cp on its PATH.

Folders are moved with everything in them. The destination is a folder when it ends in a slash, exists as a folder,
when there are several sources or the source is a folder, or with \`-d\`; else it is the new name of the one file.
Missing folders are created.

A file is written as NAME.partial, with NAME.aspera-ckpt beside it; every chunk is compared with the hash the sender
computed before it is written. NAME appears, by an atomic rename, when all of it is on disk and right. A run that was
stopped, killed or cut off is continued by the same command: what is at the target is not sent again.

Modification times are kept. A file that cannot be moved does not stop the others.

On a terminal a line shows percentage, bytes, rate and time left. Ctrl+C ends the run cleanly.

## Options
`;

const TAIL = `
## Environment

- \`ASPERA_SCP_PASS\`: password, or passphrase of the private key
- \`ASPERA_SCP_KEY\`: private key, its text
- \`ASPERA_SCP_TOKEN\`: access token
- \`ASPERA_PROXY_PASS\`: password of the proxies
- \`CONNECT_HTTP_PROXY_PASS\`: password of the HTTP proxy, when it is another one
- \`CONNECT_HOME\`: folder of known_hosts, instead of ~/.connect
- \`CONNECT_PACKET_IO\`: native or dgram: insists on one way to send and receive packets; \`--version\` says which is used
- \`CONNECT_NATIVE\`: file of the native addon, when it is not where it was built or bundled
- \`CONNECT_UDP_PORTS\`: on an SSH host without a connect-server, the UDP ports its far ends may listen on, e.g. 33001-33100

Secrets are taken from the environment only, never from the command line, and removed from it at once.

## Hosts without a connect-server

Any SSH host will do that finds connect-cp on the PATH of a login that runs a command; usually with \`-P 22\`. The far end
has the rights of that login, and paths begin at its home folder. It listens on the first free UDP port of those that
\`CONNECT_UDP_PORTS\` allows there (set it with SetEnv in sshd_config, to what the firewall lets in), else from the port of
\`-O\` on, else from 33001 to 33100. What a login shell prints before is left out.

## When SSH is lost

When UDP passes and the SSH connection is lost, the transfer goes on. The run logs in again in the background, where a
connect-server takes it; else the transfer comes to its end without, as long as the far end permits: ten minutes, unless its
administrator says otherwise. The far end's rate cannot be changed meanwhile.

## Where UDP does not pass

When nothing answers over UDP, or UDP goes dead while SSH lives, the run goes on over HTTPS from where it stood, and says
so. The server tells port and certificate over SSH, and logs the user in; nothing has to be set up at this end. Where SSH
does not pass either, name what does: \`-t\` a port, \`-x\` a proxy; then password or token log in, and the certificate is
vouched for by an authority or by \`--check-https-fp\`. \`-y F\` tries nothing else. \`-y H\` logs in by SSH and sends
nothing over UDP, for networks that forbid it. Over HTTPS the target rate is kept as
an upper limit; below it TCP shares the path, and policies do not apply. Several sessions of one run (\`-C\`) do not fall
back.

## Proxies

\`--proxy\` takes SSH and the datagrams through a SOCKS5 proxy (CONNECT and UDP ASSOCIATE, RFC 1928); it looks the host
name up. Datagrams stay sealed from end to end; each has a small header on its way to the proxy, which counts for the
rate. \`-x\` is for HTTPS only, and \`--proxy\` is not used for HTTPS.

With \`socks5s://\` what is said to the proxy goes inside TLS, its login and SSH included, for example to a stunnel in
front of it. The proxy is recognised by \`--check-proxy-fp\`, or an authority vouches for its name. Datagrams go past the
TLS connection, since TLS would make a stream of them: straight to the address that the proxy names, with its header in
the clear and the rest sealed. So the firewall has to let UDP through to the proxy, too. A proxy names the address it was
reached at; the program that ends TLS must reach it at one that clients can use, so not at 127.0.0.1.

## Host keys

The key of the server must be the one given with \`--check-sshfp\`, or one that stands in known_hosts in the folder
above, as a line HOST PORT SHA256:FINGERPRINT. \`--accept-new-host-key\` writes such a line for a host that is seen for
the first time. A key that has changed is never accepted.

## Rates and policies

Rates are counted on the wire, headers included. They can be changed while a transfer runs, through the management
socket (docs/formats/management.md), the policy too. Target and minimum hold for every policy; within them

- \`fixed\` sends at the target rate, whatever else is on the path
- \`high\` shares the path as two flows of \`fair\` would
- \`fair\` shares the path evenly with other transfers and with TCP, and keeps its queue short when others do
- \`low\` takes what nobody else uses, and gives way to everything

Loss by itself lowers the rate of none of them. All of them stop while no answer comes, and slow down when more than 30 %
of what they send gets lost for some time. A receiver whose disk is slower than the path slows the sender down.

## Filters

\`-E\` and \`-N\` are compared with every file and folder, in the order they were given, and the first that matches
decides; what none matches is sent. A folder that is left out is not opened, so nothing in it is sent. A pattern is
compared with the path below the destination: it begins with the name of the source, unless only the content of that is
sent. In a pattern

- \`*\` means any characters, \`?\` one, \`[a-z]\` one of these, \`[!a-z]\` or \`[^a-z]\` one that is not, \`[[:digit:]]\` one
  of a class; none of them means a slash, nor a point at the beginning of a name
- \`/**\` means any way down, as in \`a/**/f\` (also \`a/f\`); at the end, everything below
- \`\\\` takes its meaning from the next character
- \`/\` at the beginning ties it to the root of what is sent; else it may begin at any name on the path
- \`/\` at the end means folders only, \`*\` at the end folders and files, anything else files only

So \`-E '*.tmp'\` leaves out files that end in .tmp, \`-E '.git/'\` folders of that name, and
\`-N '*.mov' -N '/**/' -E '/**'\` everything but files that end in .mov. Up to ${MAX_FILTERS} patterns are taken. They are
applied by the end that sends, also when that is the server.

## Kept facts

Times of last change and permission bits are always kept. When it is asked for, so are

- times of last access (\`-p\`, \`--preserve-access-time\`): files, folders and links get the one that their source had
  before the transfer read it; what is skipped stays as it is
- those of the sources (\`--preserve-source-access-time\`): reading does not change them. Only Linux can do that, and only
  for files that belong to the user who reads, or for root; for folders it takes the native addon. Links cannot be read so
- the numbers of owner and group (\`--preserve-file-owner-uid\`, \`--preserve-file-owner-gid\`), not their names. Giving
  files away takes root, or CAP_CHOWN; to a group, membership is enough. A connect-server does it for users who were added
  with \`--owner\` only. Set-id bits are never kept

What cannot be kept fails no file, and the exit code stays 0: a line at the end says of how many files something was not
kept, the log and the list of files say of which, and what. For folders the log of the end that receives says so.

## Removing what was sent

With \`--remove-after-transfer\` a source file is removed when the receiving end has said that it is on disk, under its
name, and right. It stays when it was skipped, failed, or changed since it was read. What was reached by following a link
stays, too; links that are sent as links are removed. \`--remove-empty-directories\` removes at the end what folders are
empty then, but neither the folders that were named as sources (see \`--remove-empty-source-directory\`), nor anything
outside of them, nor folders that a filter left out. When the server sends, its user needs the permission to delete. A
run that is cut off leaves what it had not removed yet; the next one skips those files, since they are in place, and does
not remove them. When something that should be removed cannot be, the exit code is 27.

## Several sessions

With \`--sessions 3\` three processes move the files of one transfer, so that three processor cores, and several
servers with one storage (\`--host A,B\`), work at a time. They take turns at one queue: a slow one gets less. Files of
60 MB and more are split among them (\`--multi-session-threshold\`). Rate, progress, log, management socket and exit
code are those of the whole transfer. When one of them dies, the others do its work. A run that was stopped or killed is
continued with any number of sessions, one included.

As ascp does it, the processes may also be started one by one, with the same sources, destination and options and
\`-C 1:3\`, \`-C 2:3\`, \`-C 3:3\` on one machine, as one user; only host, rate and management port may differ.
Number 1 coordinates, and reports the whole; each has its own rate. The others wait for it for a minute, and report
their own share. With several fingerprints, by commas, each belongs to the host at the same place.

\`--overwrite rename\` and \`resume\` need a single session.

## List of what became of each file

\`--file-manifest text\` writes connect-transfer-SESSION-manifest.txt, \`json\` one JSON object per line (.jsonl), on this
machine, as files get their result; the suffix of \`--file-manifest-inprogress-suffix\` is on the name until the session
is over. A line holds outcome (done, skipped:REASON, failed:CODE), size, hash, time of last change (UTC) and path
below the destination. What could not be kept of a file that is done stands behind its outcome in the text
(done:not-kept:owner,group), and as notKept in JSON: access-time, source-access-time, owner, group. In the text, columns
are separated by tabs, what is not known is -, and characters that a terminal would obey are ?; in JSON, names that are
no Unicode come as base64, too (path64).

The hash is made of those that verified the transfer, so nothing is read twice. It begins with its kind: blake3: where
both ends have that, else sha256:, or as \`--file-checksum\` says. For files of up to 1 MiB it is that hash of the file, as
b3sum and sha256sum print it. For larger ones it is the hash of the hashes of all pieces of 1 MiB, as bytes, one behind
the other, which can be checked with

    split -b 1M --filter='b3sum --raw' FILE | b3sum
    split -b 1M --filter='openssl dgst -sha256 -binary' FILE | openssl dgst -sha256

Files that several sessions share have it, too. Files that were skipped, and parts that an earlier run had brought, are
not hashed again: then there is none; nor is there of a shared file whose sessions use different kinds of hash.

## Exit codes

0 means that every file is at its place, verified, or was skipped by rule. Else the code says what went wrong:
`;

/** The manual page, Markdown. The same text is docs/guides/connect-cp.md. */
export function manualText(): string {
    const options = OPTION_GROUPS.map(([group, rows]) => {
        const lines = rows.map(({ flags, text, initial, choices }) => {
            const only = choices ? ` (${choices.join(', ')})` : '';
            const standard = initial === undefined ? '' : `; default ${String(initial)}`;
            return `- \`${flags}\`: ${text}${only}${standard}`;
        });
        return `\n### ${group}\n\n${lines.join('\n')}\n`;
    });
    return HEAD + options.join('') + TAIL + exitCodes() + ascpChapter();
}

function exitCodes(): string {
    const titles = new Map<number, string[]>();
    for (const [code, { ascp, title }] of Object.entries(ERROR_CATALOG)) {
        if (code.startsWith('transfer.') || !code.includes('.')) {
            titles.set(ascp, [...(titles.get(ascp) ?? []), title]);
        }
    }
    const lines = [...titles].sort(([one], [other]) => one - other);
    return `\n${lines.map(([code, names]) => `- ${code}: ${names.join('; ')}`).join('\n')}\n`;
}
