import { ConnectError } from '@connect/base';
import * as React from '@theia/core/shared/react';
import type { NetworkService, ProxyKind, ProxyReport } from '../../common/network-protocol';
import type { NetworkValues } from '../../common/network-route';

/** Props of {@link ProxyTestRow}. */
export interface ProxyTestProps {
    readonly id: string;
    readonly kind: ProxyKind;
    readonly network: NetworkService;
    /** Those that decide which proxy is in use. */
    readonly settings: NetworkValues;
    /** The same, once those that are being written are. */
    settled(): Promise<NetworkValues>;
    /** `host:port` of a server that is there; may be empty. */
    readonly usualTarget: string;
}

const ABOUT: Readonly<Record<ProxyKind, string>> = {
    http: 'Makes a connection now, to the HTTPS port of a server.',
    fasp: 'Makes a connection now, to the SSH port of a server, and asks for a relay of UDP.'
};

/** Goes through the proxy for real, and says how far it came and what helps. */
export function ProxyTestRow(props: ProxyTestProps): React.ReactElement {
    const { id, kind, network, settings } = props;
    const [typed, setTyped] = React.useState<string | undefined>(undefined);
    const [isRunning, setRunning] = React.useState(false);
    const [report, setReport] = React.useState<ProxyReport | undefined>(undefined);
    const [problem, setProblem] = React.useState('');
    const latest = React.useRef(0);
    const tested = React.useRef('');
    const target = typed ?? props.usualTarget;
    const forget = (): void => {
        latest.current++;
        setRunning(false);
        setReport(undefined);
        setProblem('');
    };
    const facts = JSON.stringify(settings);
    React.useEffect(() => {
        // a report says nothing about another proxy
        if (facts !== tested.current) {
            forget();
        }
    }, [facts]);
    const test = async (): Promise<void> => {
        forget();
        setRunning(true);
        // settings that arrive meanwhile are part of the test, not the end of it
        const current = await props.settled();
        tested.current = JSON.stringify(current);
        const run = ++latest.current;
        setRunning(true);
        try {
            const seen = await network.testProxy(kind, target, current);
            if (run === latest.current) {
                setReport(seen);
            }
        } catch (error) {
            if (run === latest.current) {
                setProblem(ConnectError.from(error).message);
            }
        } finally {
            if (run === latest.current) {
                setRunning(false);
            }
        }
    };
    return (
        <>
            <div className="connect-preferences-field">
                <label htmlFor={id}>through it to</label>
                <input
                    id={id}
                    className="theia-input place"
                    spellCheck={false}
                    placeholder="server.example.com:33001"
                    value={target}
                    aria-invalid={problem !== ''}
                    onChange={event => setTyped(event.currentTarget.value)}
                    onKeyDown={event => event.key === 'Enter' && !isRunning && void test()}
                />
                <button
                    type="button"
                    className="theia-button"
                    disabled={isRunning || target.trim() === ''}
                    onClick={() => void test()}
                >
                    Test Proxy
                </button>
            </div>
            <div role="status" className="connect-preferences-report">
                {isRunning && (
                    <p>
                        <span className="codicon codicon-loading codicon-modifier-spin" aria-hidden="true" />{' '}
                        Testing…
                    </p>
                )}
                {problem !== '' && <p className="connect-preferences-complaint">{problem}</p>}
                {report && <Report report={report} />}
            </div>
            <p className="connect-preferences-about">{ABOUT[kind]}</p>
        </>
    );
}

function Report({ report }: { readonly report: ProxyReport }): React.ReactElement {
    return (
        <>
            <ol>
                {report.stages.map(({ name, isOk, text }) => (
                    <li key={name} className={isOk ? 'ok' : 'failed'}>
                        <span className={`codicon codicon-${isOk ? 'pass' : 'error'}`} aria-hidden="true" />
                        <span>
                            <strong>
                                {name}: {isOk ? 'works' : 'fails'}
                            </strong>{' '}
                            {text}
                        </span>
                    </li>
                ))}
            </ol>
            {report.remedy !== undefined && <p className="connect-preferences-remedy">{report.remedy}</p>}
            {report.note !== undefined && <p>{report.note}</p>}
            {report.remedy === undefined && <p>The proxy works.</p>}
        </>
    );
}
