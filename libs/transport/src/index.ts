// What runs one end of a session, from the outside in.
export * from './node/session-client';
export * from './node/session-server';
export * from './control/control-protocol';
export * from './control/session-launch';
export { ForwardLimits, ListenedDatagram, UdpListener } from './node/packet-io-dgram';
export * from './node/ssh-channel';
export * from './node/ssh-key-pair';
export * from './node/known-hosts';
export * from './node/sftp-client';
export * from './node/sftp-permissions';

// Files.
export * from './node/file-store';
export { LocalFileStore } from './node/local-file-store';
export { ConfinedFileStore, ConfinedFileStoreOptions } from './node/confined-file-store';
export * from './node/transfer-types';

// What both ends of the management socket speak.
export * from './cli/management-frames';

// What another implementation of packet I/O plugs into.
export * from './node/packet-io';
export * from './proto/rate-controller';
export * from './proto/types';
export { OverwriteRule, ResumeLevel } from './proto/overwrite-decision';
export { TransferSource } from './proto/placement';
