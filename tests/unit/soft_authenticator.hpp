#pragma once

#include "base/encoding.hpp"
#include "sys/crypto/digest.hpp"
#include "wire/webauthn/webauthn.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <stdexcept>

namespace sealpost::test {

// An authenticator in software: makes passkeys and signs with them, as a browser would hand it on. Its members say what it
// pretends, so that each test can make one thing wrong.
class SoftAuthenticator {
public:
    explicit SoftAuthenticator(webauthn::Algorithm algorithm = webauthn::Algorithm::es256) : algorithm_(algorithm)
    {
        EVP_PKEY* made = algorithm == webauthn::Algorithm::es256   ? EVP_EC_gen("P-256")
                         : algorithm == webauthn::Algorithm::eddsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                                                   : EVP_RSA_gen(2048);
        key_.reset(made, EVP_PKEY_free);
    }

    std::string rp_id = "keys.test";
    std::string origin = "https://keys.test";
    std::string cross_origin = "false";
    std::uint8_t flags = 0x05;  // user present, user verified
    std::uint32_t counter = 0;
    std::string credential_id = "credential number one";

    [[nodiscard]] std::string make_client_data(std::string_view type, ByteView challenge) const
    {
        return R"({"type":")" + std::string(type) + R"(","challenge":")" + format_base64url(challenge) + R"(","origin":")" +
               origin + R"(","crossOrigin":)" + cross_origin + "}";
    }

    [[nodiscard]] webauthn::RegistrationAnswer create(ByteView challenge) const
    {
        std::string data = make_authenticator_data(static_cast<std::uint8_t>(flags | 0x40));
        data.append(16, '\0');  // AAGUID
        data += static_cast<char>(credential_id.size() >> 8);
        data += static_cast<char>(credential_id.size());
        data += credential_id + make_cose_key();
        std::string attestation =
            "\xa3\x63"
            "fmt\x64none\x67"
            "attStmt\xa0\x68"
            "authData\x59";
        attestation += static_cast<char>(data.size() >> 8);
        attestation += static_cast<char>(data.size());
        attestation += data;
        return {make_client_data("webauthn.create", challenge), copy_bytes(attestation)};
    }

    [[nodiscard]] webauthn::AssertionAnswer get(ByteView challenge) const
    {
        webauthn::AssertionAnswer answer;
        answer.client_data = make_client_data("webauthn.get", challenge);
        answer.authenticator_data = copy_bytes(make_authenticator_data(flags));
        Bytes signed_octets = answer.authenticator_data;
        const auto hash = crypto::sha256(answer.client_data);
        signed_octets.insert(signed_octets.end(), hash.begin(), hash.end());
        answer.signature = sign(signed_octets);
        return answer;
    }

private:
    [[nodiscard]] std::string make_authenticator_data(std::uint8_t with_flags) const
    {
        const auto hash = crypto::sha256(rp_id);
        std::string data(as_text(hash));
        data += static_cast<char>(with_flags);
        for (const int shift : {24, 16, 8, 0}) data += static_cast<char>(counter >> shift);
        return data;
    }

    static std::string as_cbor_bytes(const std::string& octets)
    {
        std::string head =
            octets.size() < 256 ? std::string("\x58") : std::string("\x59") + static_cast<char>(octets.size() >> 8);
        return head + static_cast<char>(octets.size()) + octets;
    }

    // RFC 9053 §7: a COSE_Key.
    [[nodiscard]] std::string make_cose_key() const
    {
        using namespace std::string_literals;
        if (algorithm_ == webauthn::Algorithm::es256) {
            std::string point = read_octets(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);
            return "\xa5\x01\x02\x03\x26\x20\x01\x21"s + as_cbor_bytes(point.substr(1, 32)) + "\x22" +
                   as_cbor_bytes(point.substr(33));
        }
        if (algorithm_ == webauthn::Algorithm::eddsa)
            return "\xa4\x01\x01\x03\x27\x20\x06\x21"s + as_cbor_bytes(read_octets(OSSL_PKEY_PARAM_PUB_KEY));
        return "\xa4\x01\x03\x03\x39\x01\x00\x20"s + as_cbor_bytes(read_number(OSSL_PKEY_PARAM_RSA_N)) + "\x21\x43\x01\x00\x01"s;
    }

    [[nodiscard]] std::string read_octets(const char* name) const
    {
        std::string octets(128, '\0');
        std::size_t size = 0;
        if (EVP_PKEY_get_octet_string_param(key_.get(), name, reinterpret_cast<unsigned char*>(octets.data()), octets.size(),
                                            &size) != 1)
            throw std::runtime_error("no public key");
        octets.resize(size);
        return octets;
    }

    [[nodiscard]] std::string read_number(const char* name) const
    {
        BIGNUM* number = nullptr;
        if (EVP_PKEY_get_bn_param(key_.get(), name, &number) != 1) throw std::runtime_error("no modulus");
        std::string octets(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
        BN_bn2bin(number, reinterpret_cast<unsigned char*>(octets.data()));
        BN_free(number);
        return octets;
    }

    [[nodiscard]] Bytes sign(const Bytes& octets) const
    {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        const EVP_MD* digest = algorithm_ == webauthn::Algorithm::eddsa ? nullptr : EVP_sha256();
        std::size_t size = 1024;
        Bytes signature(size);
        if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), signature.data(), &size, octets.data(), octets.size()) != 1)
            throw std::runtime_error("no signature");
        signature.resize(size);
        return signature;
    }

    webauthn::Algorithm algorithm_;
    std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace sealpost::test
