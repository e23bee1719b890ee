#include "wire/acme/request.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/ecdsa.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sealpost::acme {
namespace json = boost::json;
namespace {

std::string format_protected(const AccountKey& key, const Signing& signing)
{
    json::object header{{"alg", "ES256"}, {"nonce", signing.nonce}, {"url", signing.url}};
    if (!signing.account_url.empty()) {
        header["kid"] = signing.account_url;
        return json::serialize(header);
    }
    // The JWK stands there as it is, so that it is the text whose thumbprint the authority takes.
    std::string text = json::serialize(header);
    text.pop_back();
    return text + ",\"jwk\":" + key.jwk() + '}';
}

}  // namespace

Result<std::string> sign_request(const AccountKey& key, const Signing& signing, std::string_view payload)
{
    const std::string head = format_base64url(as_bytes(format_protected(key, signing)));
    const std::string body = format_base64url(as_bytes(payload));
    SEALPOST_TRY(const Bytes signature, crypto::sign_es256(key.key(), head + '.' + body));
    return json::serialize(json::object{{"protected", head}, {"payload", body}, {"signature", format_base64url(signature)}});
}

std::string format_new_account(const std::string& contact)
{
    json::object account{{"termsOfServiceAgreed", true}};
    if (!contact.empty()) account["contact"] = json::array{"mailto:" + contact};
    return json::serialize(account);
}

std::string format_new_order(const std::vector<std::string>& names)
{
    json::array identifiers;
    for (const std::string& name : names) identifiers.push_back(json::object{{"type", "dns"}, {"value", name}});
    return json::serialize(json::object{{"identifiers", std::move(identifiers)}});
}

Result<std::string> format_finalize(const std::vector<std::string>& names, const crypto::PrivateKey& key)
{
    crypto::CertificateOrder order;
    order.dns_names = names;
    SEALPOST_TRY(const Bytes der, crypto::make_request_der(order, key));
    return json::serialize(json::object{{"csr", format_base64url(der)}});
}

}  // namespace sealpost::acme
