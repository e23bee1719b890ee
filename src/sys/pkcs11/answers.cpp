#include "sys/pkcs11/answers.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sealpost::pkcs11 {
namespace {

struct Named {
    CK_RV rv;
    const char* name;
};

constexpr std::array names{
    Named{CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID"},
    Named{CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
    Named{CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
    Named{CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD"},
    Named{CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
    Named{CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY"},
    Named{CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
    Named{CKR_ENCRYPTED_DATA_INVALID, "CKR_ENCRYPTED_DATA_INVALID"},
    Named{CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID"},
    Named{CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
    Named{CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
    Named{CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID"},
    Named{CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID"},
    Named{CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE"},
    Named{CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
    Named{CKR_PIN_INVALID, "CKR_PIN_INVALID"},
    Named{CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE"},
    Named{CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED"},
    Named{CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
    Named{CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED"},
    Named{CKR_SESSION_COUNT, "CKR_SESSION_COUNT"},
    Named{CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
    Named{CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
    Named{CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED"},
    Named{CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN"},
    Named{CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED"},
    Named{CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED"},
};

// GENERAL_ERROR and FUNCTION_FAILED: what modules say whose device does not answer.
constexpr std::array lost{CKR_DEVICE_REMOVED,           CKR_DEVICE_ERROR,       CKR_DEVICE_MEMORY,  CKR_TOKEN_NOT_PRESENT,
                          CKR_TOKEN_NOT_RECOGNIZED,     CKR_SLOT_ID_INVALID,    CKR_SESSION_CLOSED, CKR_SESSION_HANDLE_INVALID,
                          CKR_USER_NOT_LOGGED_IN,       CKR_KEY_HANDLE_INVALID, CKR_GENERAL_ERROR,  CKR_OBJECT_HANDLE_INVALID,
                          CKR_CRYPTOKI_NOT_INITIALIZED, CKR_FUNCTION_FAILED};
constexpr std::array about_pin{CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE,
                               CKR_PIN_EXPIRED,   CKR_PIN_LOCKED,  CKR_USER_PIN_NOT_INITIALIZED};
constexpr std::array about_data{CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_DATA_INVALID, CKR_DATA_LEN_RANGE};
constexpr std::array about_key{CKR_MECHANISM_INVALID,     CKR_MECHANISM_PARAM_INVALID, CKR_KEY_FUNCTION_NOT_PERMITTED,
                               CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE,          CKR_BUFFER_TOO_SMALL};

template <std::size_t Count>
bool is_one_of(const std::array<CK_RV, Count>& all, CK_RV rv)
{
    return std::find(all.begin(), all.end(), rv) != all.end();
}

}  // namespace

std::string format_rv(CK_RV rv)
{
    for (const auto& each : names)
        if (each.rv == rv) return each.name;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "CKR 0x%lx", static_cast<unsigned long>(rv));
    return text.data();
}

bool is_lost(CK_RV rv) { return is_one_of(lost, rv); }
bool is_about_pin(CK_RV rv) { return is_one_of(about_pin, rv); }

Error error_of(CK_RV rv, const std::string& name)
{
    if (is_one_of(about_data, rv)) return {Fault::denied, name + " did not seal this"};
    if (is_one_of(about_key, rv))
        return {Fault::config, name + ": its token does not do AES-GCM with a given IV under this key (" + format_rv(rv) + ")"};
    return {Fault::retry_later, name + " is away: its token answers " + format_rv(rv)};
}

}  // namespace sealpost::pkcs11
