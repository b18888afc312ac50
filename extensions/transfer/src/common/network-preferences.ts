import type { PreferenceSchema } from '@theia/core/lib/common/preferences/preference-schema';
import { DIRECT_BY_DEFAULT } from './direct-hosts';

/** Where the HTTP proxy is named. */
export type HttpProxyMode = 'none' | 'system' | 'manual';
/** What the proxy for SSH and UDP speaks. */
export type FaspProxyKind = 'socks5' | 'dnat';

/** Values of the settings of the ways to servers. Logins of proxies are secrets: none of them is here. */
export interface NetworkConfiguration {
    'connect.network.httpsFallback': 'when-needed' | 'never';
    'connect.network.httpProxy.mode': HttpProxyMode;
    'connect.network.httpProxy.host': string;
    'connect.network.httpProxy.port': number;
    'connect.network.faspProxy.enabled': boolean;
    'connect.network.faspProxy.kind': FaspProxyKind;
    'connect.network.faspProxy.secure': boolean;
    'connect.network.faspProxy.certificate': string;
    'connect.network.faspProxy.host': string;
    'connect.network.faspProxy.port': number;
    'connect.network.noProxy': readonly string[];
}

const port = (fallback: number, description: string): PreferenceSchema['properties'][string] => ({
    type: 'integer',
    default: fallback,
    minimum: 1,
    maximum: 65_535,
    description
});

export const networkPreferences: PreferenceSchema['properties'] = {
    'connect.network.httpsFallback': {
        type: 'string',
        enum: ['when-needed', 'never'],
        enumItemLabels: ['Go on over HTTPS', 'Fail'],
        enumDescriptions: [
            'Go on over HTTPS when nothing answers over UDP, or UDP goes dead.',
            'Fail instead.'
        ],
        default: 'when-needed',
        description:
            'What a transfer does where UDP does not pass. Applies from the next start of a transfer on.'
    },
    'connect.network.httpProxy.mode': {
        type: 'string',
        enum: ['none', 'system', 'manual'],
        enumItemLabels: ['None', 'System', 'Manual'],
        enumDescriptions: [
            'Connect directly.',
            'As HTTPS_PROXY, ALL_PROXY and NO_PROXY in the environment of the backend say.',
            'The proxy named here.'
        ],
        default: 'system',
        description:
            'Proxy for everything that goes over HTTPS, such as transfers where UDP does not pass. Never used for SSH and UDP.'
    },
    'connect.network.httpProxy.host': {
        type: 'string',
        default: '',
        description: 'Name or address of the HTTP proxy, when it is named here.'
    },
    'connect.network.httpProxy.port': port(8080, 'Port of the HTTP proxy, when it is named here.'),
    'connect.network.faspProxy.enabled': {
        type: 'boolean',
        default: false,
        description: 'Take SSH and UDP through a proxy. Applies from the next start of a transfer on.'
    },
    'connect.network.faspProxy.kind': {
        type: 'string',
        enum: ['socks5', 'dnat'],
        enumItemLabels: ['SOCKS 5', 'DNAT'],
        enumDescriptions: [
            'SOCKS 5 with UDP ASSOCIATE, as connect-cp speaks it.',
            'IBM Aspera Proxy in its DNAT form: only ascp speaks it.'
        ],
        default: 'socks5',
        description: 'What the FASP proxy speaks.'
    },
    'connect.network.faspProxy.secure': {
        type: 'boolean',
        default: false,
        description:
            'Speak TLS with the FASP proxy (DNATS, or SOCKS 5 inside TLS). Files are encrypted from end to end either way; this hides the login of the proxy.'
    },
    'connect.network.faspProxy.certificate': {
        type: 'string',
        default: '',
        pattern: '^$|^(SHA256:)?[A-Za-z0-9+/]{43}=?$|^([0-9A-Fa-f]{2}:?){32}$',
        patternErrorMessage: 'A SHA-256 fingerprint, as SHA256:… or in hexadecimal; or nothing.',
        description:
            'SHA-256 fingerprint of the certificate that a SOCKS proxy shows inside TLS. Empty: an authority that this system trusts has to vouch for it.'
    },
    'connect.network.faspProxy.host': {
        type: 'string',
        default: '',
        description: 'Name or address of the FASP proxy.'
    },
    'connect.network.faspProxy.port': port(
        1080,
        'Port of the FASP proxy: mostly 1080 for SOCKS 5, 9091 for DNAT, 9092 for DNATS.'
    ),
    'connect.network.noProxy': {
        type: 'array',
        items: { type: 'string' },
        default: [...DIRECT_BY_DEFAULT],
        description:
            'Hosts that are reached without a proxy: names, domains such as .example.com with all names below them, addresses, ranges such as 10.0.0.0/8, or * for all.'
    }
};
