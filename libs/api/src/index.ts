export * from './account-type';
export * from './remote-file-system';
export * from './transfer-engine';
