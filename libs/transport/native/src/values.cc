#include "values.h"

#include <uv.h>

#include <cmath>

namespace packet_io {

void ThrowText(napi_env env, const char* text) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", text);
}

napi_value ThrowErrno(napi_env env, int error) {
    napi_throw_error(env, uv_err_name(-error), uv_strerror(-error));
    return nullptr;
}

bool ReadBytes(napi_env env, napi_value value, napi_typedarray_type wanted, size_t element_bytes, Bytes* bytes) {
    bool is_array = false;
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array ||
        napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok || type != wanted) {
        return false;
    }
    bytes->data = static_cast<uint8_t*>(data);
    bytes->length = data == nullptr ? 0 : length * element_bytes;
    return true;
}

bool ReadUint8s(napi_env env, napi_value value, Bytes* bytes) {
    return ReadBytes(env, value, napi_uint8_array, 1, bytes);
}

bool ReadInteger(napi_env env, napi_value value, double low, double high, double* result) {
    napi_valuetype type;
    return napi_typeof(env, value, &type) == napi_ok && type == napi_number &&
           napi_get_value_double(env, value, result) == napi_ok && *result >= low && *result <= high &&
           std::floor(*result) == *result;
}

bool ReadAddress(napi_env env, napi_value text, napi_value port, Address* address) {
    char buffer[kMaxAddressText];
    size_t length = 0;
    double number = 0;
    return napi_get_value_string_utf8(env, text, buffer, sizeof(buffer), &length) == napi_ok &&
           length + 1 < sizeof(buffer) && ReadInteger(env, port, 0, 65535, &number) &&
           address->Set(buffer, static_cast<int>(number));
}

bool IsFunction(napi_env env, napi_value value) {
    napi_valuetype type;
    return napi_typeof(env, value, &type) == napi_ok && type == napi_function;
}

napi_value Undefined(napi_env env) {
    napi_value value = nullptr;
    napi_get_undefined(env, &value);
    return value;
}

}  // namespace packet_io
