#include "sys/pkcs11/key_uri.hpp"

#include "base/text.hpp"

#include <p11-kit/uri.h>

#include <algorithm>
#include <array>
#include <set>

namespace sealpost::pkcs11 {
namespace {

constexpr std::string_view scheme = "pkcs11:";
constexpr std::array path_names{"token", "manufacturer", "serial", "model", "object", "id", "type"};
constexpr std::array query_names{"module-path", "pin-source"};

Error refusal(std::string what) { return {Fault::config, std::move(what)}; }

// Why an attribute of RFC 7512 that we do not take is not taken.
std::string explain(std::string_view name)
{
    if (name == "pin-value")
        return "pin-value puts the PIN into the configuration; write it to a file of mode 0600, and pin-source=file:/…";
    if (name == "module-name") return "module-name depends on what the machine has installed; give module-path=/…";
    if (name == "slot-id") return "slots change their numbers; name the token with token= or serial=";
    if (std::find(query_names.begin(), query_names.end(), name) != query_names.end())
        return std::string(name) + " stands behind the \"?\"";
    return "unknown attribute \"" + std::string(name) + "\"";
}

// Each attribute is one of `known`, and stands once.
template <std::size_t Count>
Result<std::set<std::string_view>> check_names(std::string_view part, char between, const std::array<const char*, Count>& known)
{
    std::set<std::string_view> names;
    if (part.empty()) return names;
    for (const auto attribute : split(part, between)) {
        const auto equal = attribute.find('=');
        if (equal == std::string_view::npos) return refusal("an attribute is name=value");
        const auto name = attribute.substr(0, equal);
        if (std::find(known.begin(), known.end(), name) == known.end()) return refusal(explain(name));
        if (equal + 1 == attribute.size()) return refusal(std::string(name) + " is empty");
        if (!names.insert(name).second) return refusal(std::string(name) + " stands twice");
    }
    return names;
}

Result<> check_whole(const std::set<std::string_view>& path, const std::set<std::string_view>& query)
{
    if (!path.contains("token") && !path.contains("serial")) return refusal("names no token: token=… or serial=…");
    if (!path.contains("object") && !path.contains("id")) return refusal("names no key: object=… or id=…");
    if (!query.contains("module-path"))
        return refusal("names no module: ?module-path=/…, the library that speaks with the token");
    if (!query.contains("pin-source")) return refusal("names no PIN: pin-source=file:/…, a file of mode 0600");
    return {};
}

Result<std::filesystem::path> find_pin_file(std::string_view source)
{
    if (!source.starts_with("file:")) return refusal("pin-source is file:/…, a file of mode 0600");
    source.remove_prefix(5);
    if (source.starts_with("//")) source.remove_prefix(2);
    std::filesystem::path file{std::string(source)};
    if (!file.is_absolute()) return refusal("pin-source is file:/…, a whole path");
    return file;
}

}  // namespace

Result<KeyUri> KeyUri::parse(const std::string& text)
{
    if (!text.starts_with(scheme)) return refusal("not pkcs11:…");
    const auto question = std::min(text.find('?'), text.size());
    const auto path = std::string_view(text).substr(scheme.size(), question - scheme.size());
    const auto query = std::string_view(text).substr(std::min(question + 1, text.size()));
    SEALPOST_TRY(const auto path_has, check_names(path, ';', path_names));
    SEALPOST_TRY(const auto query_has, check_names(query, '&', query_names));
    SEALPOST_CHECK(check_whole(path_has, query_has));

    KeyUri uri;
    uri.handle_.reset(p11_kit_uri_new(), p11_kit_uri_free);
    const int parsed = p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_ANY, uri.handle());
    if (parsed != P11_KIT_URI_OK || p11_kit_uri_any_unrecognized(uri.handle()))
        return refusal("not a PKCS#11 URI (RFC 7512): an encoding, a serial or a type is not right");
    const auto* type = p11_kit_uri_get_attribute(uri.handle(), CKA_CLASS);
    if (type && *static_cast<const CK_OBJECT_CLASS*>(type->pValue) != CKO_SECRET_KEY) return refusal("type is secret-key");
    uri.name_ = text.substr(0, question);
    uri.module_path_ = p11_kit_uri_get_module_path(uri.handle());
    if (!uri.module_path_.is_absolute()) return refusal("module-path is a whole path");
    SEALPOST_TRY(uri.pin_file_, find_pin_file(p11_kit_uri_get_pin_source(uri.handle())));
    return uri;
}

}  // namespace sealpost::pkcs11
