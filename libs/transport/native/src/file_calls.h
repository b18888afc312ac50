// The functions for files that JavaScript sees. All but their arguments' checks happens on a thread of libuv's pool.
#ifndef CONNECT_FILE_CALLS_H_
#define CONNECT_FILE_CALLS_H_

#include <node_api.h>

namespace packet_io {

// Adds them to what the addon exports; false when JavaScript has been told why not.
bool ExportFileCalls(napi_env env, napi_value exports);

}  // namespace packet_io

#endif  // CONNECT_FILE_CALLS_H_
