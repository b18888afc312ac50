// Memory that JavaScript shares with other threads for a while: allocate(bytes), and sha256(bytes) of such memory.
#ifndef CONNECT_CHUNK_MEMORY_H_
#define CONNECT_CHUNK_MEMORY_H_

#include <node_api.h>

namespace packet_io {

// Adds both functions to `exports`. False when something of the engine fails, or OpenSSL has no SHA-256 here.
bool DefineChunkMemory(napi_env env, napi_value exports);

}  // namespace packet_io

#endif  // CONNECT_CHUNK_MEMORY_H_
