import * as React from '@theia/core/shared/react';

/** Stands in place of the rows of a list that has none. */
export function RemoteWelcome(props: {
    readonly text: string;
    /** True for what went wrong: it is read out. */
    readonly alert?: boolean;
    readonly action?: { readonly label: string; run(): unknown };
}): React.ReactElement {
    const { text, alert, action } = props;
    return (
        <div className="connect-remote-welcome" role={alert ? 'alert' : undefined}>
            <p>{text}</p>
            {action && (
                <button className="theia-button" onClick={() => void action.run()}>
                    {action.label}
                </button>
            )}
        </div>
    );
}
