import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
const disableJSDOM = enableJSDOM();

import * as React from '@theia/core/shared/react';
import { createRoot, type Root } from '@theia/core/shared/react-dom/client';
import { expect } from 'chai';
import { flushSync } from 'react-dom';
import { DiagnosisView, type AnswerView, type DiagnosisProps } from './diagnosis-view';
disableJSDOM();

const RUN: AnswerView = {
    headline: 'Data transfer timeout (codes 14/15/18 in the guide)',
    details: ['Likely: a firewall'],
    rows: [
        { id: 'tcp', title: 'TCP', state: 'ok', evidence: ['port 33001 answered after 38 ms'] },
        { id: 'udp', title: 'UDP', state: 'failed', evidence: ['40 probes sent, 0 arrived'] }
    ],
    actions: [
        { action: 'retry-https', label: 'Retry over HTTPS Only', disabledReason: 'no HTTPS there' },
        { action: 'retry', label: 'Retry' }
    ],
    isFailed: true
};

describe('panel of a diagnosis', () => {
    let restore: () => void;
    let node: HTMLElement;
    let root: Root;
    let done: string[];

    before(() => (restore = enableJSDOM()));
    after(() => restore());

    beforeEach(() => {
        node = document.createElement('div');
        root = createRoot(node);
        done = [];
    });

    afterEach(() => root.unmount());

    const show = (props: Partial<DiagnosisProps>): void =>
        flushSync(() =>
            root.render(
                <DiagnosisView
                    id="p"
                    title="Why?"
                    isTesting={false}
                    act={(action, from) => done.push(`${action} ${from}`)}
                    startTest={() => done.push('test')}
                    cancelTest={() => done.push('cancel')}
                    copyReport={() => done.push('copy')}
                    {...props}
                />
            )
        );

    const button = (label: string): HTMLButtonElement =>
        Array.from(node.querySelectorAll('button')).find(each => each.textContent!.startsWith(label))!;

    it('says the state of each stage in a word, beside its icon, with the evidence', () => {
        show({ run: RUN });
        const stages = Array.from(node.querySelectorAll('li')).map(each => each.textContent);
        expect(stages).to.deep.equal([
            'TCPOKport 33001 answered after 38 ms',
            'UDPFailed40 probes sent, 0 arrived'
        ]);
        const list = node.querySelector('ol')!;
        expect(node.querySelector(`#${list.getAttribute('aria-labelledby')}`)?.textContent).to.equal(
            'Stages'
        );
        expect(node.querySelectorAll('.codicon:not([aria-hidden=true])')).to.have.length(0);
        expect(node.querySelector('[role=status]')?.textContent).to.contain('14/15/18');
    });

    it('carries out what can be done, and lets one hear why the rest cannot', () => {
        show({ run: RUN });
        button('Retry over').click();
        expect(done).to.deep.equal([]);
        expect(button('Retry over').getAttribute('aria-disabled')).to.equal('true');
        expect(button('Retry over').disabled, 'reachable').to.equal(false);
        expect(button('Retry over').textContent).to.contain('no HTTPS there');
        Array.from(node.querySelectorAll('button'))
            .find(each => each.textContent === 'Retry')!
            .click();
        button('Test Now').click();
        button('Copy Report').click();
        expect(done).to.deep.equal(['retry run', 'test', 'copy']);
    });

    it('shows a test as it goes on, and lets one cancel it', () => {
        const rows = [{ id: 'udp', title: 'UDP', state: 'running', evidence: [] }] as const;
        show({
            test: { headline: 'Testing…', details: [], rows, actions: [], isFailed: false },
            isTesting: true
        });
        expect(node.querySelector('li')?.textContent).to.equal('UDPTesting…');
        button('Cancel Test').click();
        expect(done).to.deep.equal(['cancel']);
    });

    it('says what could not be done', () => {
        show({ problem: 'Not possible' });
        expect(node.querySelector('[role=alert]')?.textContent).to.equal('Not possible');
    });
});
