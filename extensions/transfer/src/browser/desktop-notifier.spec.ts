import 'reflect-metadata';
import { expect } from 'chai';
import { DesktopNotifier } from './desktop-notifier';

interface Options {
    readonly body: string;
    readonly tag: string;
}

/** What the browser has: only what is used of it. */
class FakeWindow {
    readonly made: FakeNotification[] = [];
    permission = 'default';
    answer = 'granted';
    asked = 0;
    focused = 0;
    refuses = false;
    Notification: unknown;

    constructor() {
        const page = this as FakeWindow;
        this.Notification = class extends FakeNotification {
            static get permission(): string {
                return page.permission;
            }
            static async requestPermission(): Promise<string> {
                page.asked += 1;
                page.permission = page.answer;
                return page.answer;
            }
            constructor(title: string, options: Options) {
                super(title, options);
                if (page.refuses) {
                    throw new TypeError('Illegal constructor');
                }
                page.made.push(this);
            }
        };
    }

    focus(): void {
        this.focused += 1;
    }
}

class FakeNotification {
    onclick: (() => void) | undefined;
    closed = false;
    constructor(
        readonly title: string,
        readonly options: Options
    ) {}
    close(): void {
        this.closed = true;
    }
}

describe('DesktopNotifier', () => {
    let page: FakeWindow;
    let notifier: DesktopNotifier;
    beforeEach(() => {
        page = new FakeWindow();
        (globalThis as { window?: unknown }).window = page;
        notifier = new DesktopNotifier();
    });
    afterEach(() => delete (globalThis as { window?: unknown }).window);

    it('shows nothing before the person was asked, and asks once', async () => {
        expect(notifier.refusal).to.equal('undecided');
        expect(notifier.show('x', () => undefined)).to.equal(false);
        expect(await notifier.ask()).to.equal(undefined);
        expect(await notifier.ask()).to.equal(undefined);
        expect(page.asked).to.equal(1);
        expect(notifier.show('x completed.', () => undefined)).to.equal(true);
        expect(page.made[0].options).to.include({ body: 'x completed.', tag: 'connect-transfers' });
    });

    it('takes a no for a no', async () => {
        page.answer = 'denied';
        expect(await notifier.ask()).to.equal('denied');
        expect(await notifier.ask()).to.equal('denied');
        expect(page.asked).to.equal(1);
        expect(notifier.show('x', () => undefined)).to.equal(false);
    });

    it('brings the window to the front when it is clicked on, and goes', async () => {
        await notifier.ask();
        const done: string[] = [];
        notifier.show('x', () => done.push(`focused ${page.focused}`));
        page.made[0].onclick!();
        expect(done).to.deep.equal(['focused 1']);
        expect(page.made[0].closed).to.equal(true);
    });

    it('says that it cannot, where pages have no notifications or may not make them', async () => {
        await notifier.ask();
        page.refuses = true;
        expect(notifier.show('x', () => undefined)).to.equal(false);
        page.Notification = undefined;
        expect(notifier.refusal).to.equal('unsupported');
        expect(await notifier.ask()).to.equal('unsupported');
    });
});
