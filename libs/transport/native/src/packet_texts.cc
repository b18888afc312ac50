#include "packet_texts.h"

#include <cstring>

#include "packet_socket.h"
#include "values.h"

namespace packet_io {
namespace {

// A place that a table names; false when it is not wholly within `ring`, or shorter than `skip`.
bool ReadText(const double* cells, const Bytes& ring, size_t skip, Bytes* text) {
    const double limit = static_cast<double>(ring.length);
    const double start = cells[0];
    const double length = cells[1];
    // NaN fails each of these
    if (!(start >= 0 && length >= static_cast<double>(skip) && start <= limit && length <= limit - start)) {
        return false;
    }
    *text = {ring.data + static_cast<size_t>(start) + skip, static_cast<size_t>(length) - skip};
    return true;
}

// gather(ring: Uint8Array, table: Float64Array, from, to, skip, target: Uint8Array, at): copies the texts of rows
// [from, to), each without its first `skip` bytes, one behind the other into `target`.
napi_value Gather(napi_env env, napi_callback_info info) {
    size_t count = 7;
    napi_value arguments[7] = {};
    Bytes ring;
    Bytes table;
    Bytes target;
    double from = 0;
    double to = 0;
    double skip = 0;
    double at = 0;
    if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok ||
        !ReadUint8s(env, arguments[0], &ring) ||
        !ReadBytes(env, arguments[1], napi_float64_array, sizeof(double), &table) ||
        !ReadInteger(env, arguments[3], 0, static_cast<double>(table.length / sizeof(double) / kColumns), &to) ||
        !ReadInteger(env, arguments[2], 0, to, &from) || !ReadInteger(env, arguments[4], 0, kSlotBytes, &skip) ||
        !ReadUint8s(env, arguments[5], &target) ||
        !ReadInteger(env, arguments[6], 0, static_cast<double>(target.length), &at)) {
        ThrowText(env, "expected a ring, a table, rows of it, a number of bytes, a target and a place in it");
        return nullptr;
    }
    const double* const cells = reinterpret_cast<const double*>(table.data);
    size_t used = static_cast<size_t>(at);
    for (size_t row = static_cast<size_t>(from); row < static_cast<size_t>(to); row++) {
        Bytes text;
        if (!ReadText(cells + row * kColumns, ring, static_cast<size_t>(skip), &text) ||
            text.length > target.length - used) {
            ThrowText(env, "a text lies outside");
            return nullptr;
        }
        // the arrays may be the same
        memmove(target.data + used, text.data, text.length);
        used += text.length;
    }
    return Undefined(env);
}

}  // namespace

bool DefinePacketTexts(napi_env env, napi_value exports) {
    const napi_property_descriptor functions[] = {
        {"gather", nullptr, Gather, nullptr, nullptr, nullptr, napi_default, nullptr},
    };
    return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions) == napi_ok;
}

}  // namespace packet_io
