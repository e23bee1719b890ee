#include "sys/pkcs11/token.hpp"

#include "base/text.hpp"
#include "sys/files/files.hpp"
#include "sys/pkcs11/answers.hpp"

#include <p11-kit/uri.h>

#include <array>
#include <optional>
#include <vector>

namespace sealpost::pkcs11 {
namespace {

constexpr std::size_t max_pin_file_bytes = 1024;
constexpr CK_ULONG key_bytes = 32;

Error config_error(const KeyUri& uri, const std::string& what) { return {Fault::config, uri.name() + ": " + what}; }

struct FoundToken {
    CK_SLOT_ID slot = 0;
    CK_TOKEN_INFO info{};

    // Serial and label: enough to know it again in this process.
    [[nodiscard]] std::string identity() const
    {
        const auto text = [](const auto& field) { return std::string(reinterpret_cast<const char*>(field), sizeof field); };
        return text(info.serialNumber) + text(info.label);
    }
};

Result<FoundToken> find_token(CK_FUNCTION_LIST& functions, const KeyUri& uri)
{
    CK_ULONG count = 0;
    CK_RV rv = functions.C_GetSlotList(CK_TRUE, nullptr, &count);
    std::vector<CK_SLOT_ID> slots(count);
    if (rv == CKR_OK) rv = functions.C_GetSlotList(CK_TRUE, slots.data(), &count);
    if (rv != CKR_OK) return error_of(rv, uri.name());
    slots.resize(count);
    std::optional<FoundToken> found;
    for (const auto slot : slots) {
        FoundToken token{slot, {}};
        if (functions.C_GetTokenInfo(slot, &token.info) != CKR_OK) continue;  // gone since it was listed
        if (!p11_kit_uri_match_token_info(uri.handle(), &token.info)) continue;
        if (found) return config_error(uri, "several tokens are called so; add serial=");
        found = token;
    }
    if (found) return *found;
    return Error{Fault::retry_later, uri.name() + ": its token is not there"};
}

// Closes the session unless it is kept.
struct OpenSession {
    CK_FUNCTION_LIST& functions;
    CK_SESSION_HANDLE handle = 0;
    bool is_open = false;

    explicit OpenSession(CK_FUNCTION_LIST& f) : functions(f) {}
    OpenSession(const OpenSession&) = delete;
    OpenSession& operator=(const OpenSession&) = delete;
    ~OpenSession()
    {
        if (is_open) functions.C_CloseSession(handle);
    }
    CK_RV open(CK_SLOT_ID slot)
    {
        const CK_RV rv = functions.C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle);
        is_open = rv == CKR_OK;
        return rv;
    }
    CK_SESSION_HANDLE keep()
    {
        is_open = false;
        return handle;
    }
};

Result<Secret> read_pin(const KeyUri& uri)
{
    auto text = files::read_secret(uri.pin_file(), max_pin_file_bytes);
    if (text.has_error()) return config_error(uri, "its PIN: " + text.error().text);
    auto pin = Secret::copy_of(trim(text->reveal_text()));
    if (pin.empty()) return config_error(uri, uri.pin_file().string() + " holds no PIN");
    return pin;
}

Result<> sign_in(Module& module, const OpenSession& session, const FoundToken& token, const KeyUri& uri)
{
    if (!(token.info.flags & CKF_LOGIN_REQUIRED)) return {};
    SEALPOST_CHECK(module.check_login(token.identity()));
    if (token.info.flags & (CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED))
        return config_error(uri,
                            "its token took wrong PINs and is locked, or locks after one more; nothing is tried. Sign in by "
                            "hand with the right one, or unlock it");
    SEALPOST_TRY(const auto pin, read_pin(uri));
    const auto octets = pin.reveal();
    const CK_RV rv =
        module.functions().C_Login(session.handle, CKU_USER, const_cast<std::uint8_t*>(octets.data()), octets.size());
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) return {};
    if (!is_about_pin(rv)) return error_of(rv, uri.name());
    auto refused = config_error(uri, "its token refused the PIN of " + uri.pin_file().string() + " (" + format_rv(rv) +
                                         "). It is not tried again, since a token locks after few wrong ones: put the right "
                                         "PIN into that file, then restart");
    module.forbid_login(token.identity(), refused);
    return refused;
}

Result<CK_OBJECT_HANDLE> find_object(CK_FUNCTION_LIST& functions, const OpenSession& session, const KeyUri& uri)
{
    CK_ULONG given = 0;
    const auto* attributes = p11_kit_uri_get_attributes(uri.handle(), &given);
    std::vector<CK_ATTRIBUTE> wanted(attributes, attributes + given);
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    if (!p11_kit_uri_get_attribute(uri.handle(), CKA_CLASS)) wanted.push_back({CKA_CLASS, &object_class, sizeof object_class});
    CK_RV rv = functions.C_FindObjectsInit(session.handle, wanted.data(), wanted.size());
    std::array<CK_OBJECT_HANDLE, 2> objects{};
    CK_ULONG count = 0;
    if (rv == CKR_OK) {
        rv = functions.C_FindObjects(session.handle, objects.data(), objects.size(), &count);
        functions.C_FindObjectsFinal(session.handle);
    }
    if (rv != CKR_OK) return error_of(rv, uri.name());
    if (count == 0) return config_error(uri, "its token holds no such secret key");
    if (count > 1) return config_error(uri, "its token holds several such secret keys; add id=");
    return objects[0];
}

Result<> check_object(CK_FUNCTION_LIST& functions, const OpenSession& session, CK_OBJECT_HANDLE key, const KeyUri& uri)
{
    CK_KEY_TYPE type = 0;
    CK_ULONG size = 0;
    CK_BBOOL is_sensitive = CK_FALSE, is_extractable = CK_TRUE, may_encrypt = CK_FALSE, may_decrypt = CK_FALSE;
    std::array<CK_ATTRIBUTE, 6> facts{{{CKA_KEY_TYPE, &type, sizeof type},
                                       {CKA_VALUE_LEN, &size, sizeof size},
                                       {CKA_SENSITIVE, &is_sensitive, sizeof is_sensitive},
                                       {CKA_EXTRACTABLE, &is_extractable, sizeof is_extractable},
                                       {CKA_ENCRYPT, &may_encrypt, sizeof may_encrypt},
                                       {CKA_DECRYPT, &may_decrypt, sizeof may_decrypt}}};
    const CK_RV rv = functions.C_GetAttributeValue(session.handle, key, facts.data(), facts.size());
    if (rv != CKR_OK) return error_of(rv, uri.name());
    if (type != CKK_AES || size != key_bytes) return config_error(uri, "is no AES key of 256 bits");
    if (!is_sensitive || is_extractable)
        return config_error(uri, "may leave its token; make one that is sensitive and not extractable");
    if (!may_encrypt || !may_decrypt) return config_error(uri, "may not encrypt and decrypt");
    return {};
}

Result<> check_mechanism(CK_FUNCTION_LIST& functions, CK_SLOT_ID slot, const KeyUri& uri)
{
    CK_MECHANISM_INFO info{};
    const CK_RV rv = functions.C_GetMechanismInfo(slot, CKM_AES_GCM, &info);
    if (is_lost(rv)) return error_of(rv, uri.name());
    if (rv == CKR_OK && (info.flags & CKF_ENCRYPT) && (info.flags & CKF_DECRYPT)) return {};
    return config_error(uri, "its token has no AES-GCM");
}

}  // namespace

Result<FoundKey> find_key(Module& module, const KeyUri& uri)
{
    const auto running = module.running();
    auto& functions = module.functions();
    SEALPOST_TRY(const auto token, find_token(functions, uri));
    SEALPOST_CHECK(check_mechanism(functions, token.slot, uri));
    OpenSession session(functions);
    if (const CK_RV rv = session.open(token.slot); rv != CKR_OK) return error_of(rv, uri.name());
    SEALPOST_CHECK(sign_in(module, session, token, uri));
    SEALPOST_TRY(const auto key, find_object(functions, session, uri));
    SEALPOST_CHECK(check_object(functions, session, key, uri));
    return FoundKey{running.life, token.slot, key, session.keep()};
}

}  // namespace sealpost::pkcs11
