export * from './account-type';
export * from './connection-stage';
export * from './remote-file-system';
export * from './transfer-engine';
