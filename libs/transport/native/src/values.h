// Reading what JavaScript passes. Nothing here throws into JavaScript by itself, except the two that are called so.
#ifndef CONNECT_VALUES_H_
#define CONNECT_VALUES_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>

#include "udp_socket.h"

namespace packet_io {

constexpr size_t kMaxAddressText = 128;

struct Bytes {
    uint8_t* data = nullptr;
    size_t length = 0;
};

void ThrowText(napi_env env, const char* text);
// Always nullptr, for the caller to return.
napi_value ThrowErrno(napi_env env, int error);

// These are false when the value is of another kind; then the result means nothing.
bool ReadBytes(napi_env env, napi_value value, napi_typedarray_type wanted, size_t element_bytes, Bytes* bytes);
bool ReadUint8s(napi_env env, napi_value value, Bytes* bytes);
// An integer in [low, high]; nothing is rounded.
bool ReadInteger(napi_env env, napi_value value, double low, double high, double* result);
bool ReadAddress(napi_env env, napi_value text, napi_value port, Address* address);
bool IsFunction(napi_env env, napi_value value);
napi_value Undefined(napi_env env);

}  // namespace packet_io

#endif  // CONNECT_VALUES_H_
