import * as React from '@theia/core/shared/react';
import { cutName, cutPath, isLongHead, type CutText } from '../common/path-text';

/** A path on one line, cut in the middle where there is no room for it. */
export function CutPath({ text }: { readonly text: string }): React.ReactElement {
    return <Cut {...cutPath(text)} />;
}

/** A file name on one line, cut in the middle where there is no room for it. */
export function CutName({ text }: { readonly text: string }): React.ReactElement {
    return <Cut {...cutName(text)} />;
}

function Cut({ head, tail }: CutText): React.ReactElement {
    return (
        <span className="connect-cut">
            <span className={`connect-cut-head ${isLongHead(head) ? 'long' : ''}`}>{head}</span>
            <span className="connect-cut-tail">{tail}</span>
        </span>
    );
}
