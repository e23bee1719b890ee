#include "sys/crypto/material.hpp"

#include "base/text.hpp"
#include "sys/crypto/material_detail.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include <algorithm>

namespace sealpost::crypto {
using namespace detail;
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";

struct Block {
    std::string_view label;  // "CERTIFICATE"
    std::string text;        // from BEGIN to END, a line each, without blanks around lines
};

std::string without_indentation(std::string_view text)
{
    std::string clean;
    for (const std::string_view line : split(text, '\n')) clean.append(trim(line)).append("\n");
    return clean;
}

// The next PEM block of `rest`, which moves behind it. Absent at the end; one that does not end before the next begins
// has no text.
std::optional<Block> take_block(std::string_view& rest)
{
    const std::size_t begin = rest.find(begin_mark);
    if (begin == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(begin);
    const std::size_t label_end = rest.find("-----", begin_mark.size());
    if (label_end == std::string_view::npos) return Block{{}, {}};
    const std::string_view label = rest.substr(begin_mark.size(), label_end - begin_mark.size());
    const std::string end = "-----END " + std::string(label) + "-----";
    const std::size_t at = rest.find(end);
    if (at == std::string_view::npos) return Block{label, {}};
    // OpenSSL would read the second one, and not what the label promised.
    if (rest.substr(0, at).find(begin_mark, begin_mark.size()) != std::string_view::npos) return Block{label, {}};
    Block block{label, without_indentation(rest.substr(0, at + end.size()))};
    rest.remove_prefix(at + end.size());
    return block;
}

class PemReader {
public:
    PemReader(MaterialCollector& into, const Secret* password) : into_(into), password_(password) {}

    MaterialResult<void> read(std::string_view text)
    {
        while (auto block = take_block(text)) {
            if (block->text.empty()) return refuse(MaterialProblem::damaged, "a PEM part has no end");
            SEALPOST_CHECK(read_block(*block));
        }
        return {};
    }

private:
    MaterialResult<void> read_block(const Block& block)
    {
        if (block.label.ends_with("PRIVATE KEY")) return read_key(block);
        const BioHandle in = read_memory(block.text);
        if (block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE" || block.label == "TRUSTED CERTIFICATE") {
            const X509Handle certificate(PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr));
            if (!certificate)
                return refuse(MaterialProblem::damaged, "certificate " + std::to_string(into_.count() + 1) + " is damaged");
            return into_.add(Certificate::share(certificate.get()));
        }
        if (block.label == "PKCS7") {
            const Pkcs7Handle bundle(PEM_read_bio_PKCS7(in.get(), nullptr, nullptr, nullptr));
            return bundle ? into_.add_all(bundle.get()) : refuse(MaterialProblem::damaged, "the PKCS#7 part is damaged");
        }
        return {};  // a request, parameters, a public key: not ours to judge
    }

    MaterialResult<void> read_key(const Block& block)
    {
        const BioHandle in = read_memory(block.text);
        if (block.label == "ENCRYPTED PRIVATE KEY") {
            const SignatureBoxHandle box(PEM_read_bio_PKCS8(in.get(), nullptr, nullptr, nullptr));
            if (!box) return refuse(MaterialProblem::damaged, "the private key is damaged");
            return into_.add_encrypted_key(box.get(), text_of(password_));
        }
        PasswordQuestion question{password_, false};
        const KeyHandle key(PEM_read_bio_PrivateKey(in.get(), nullptr, PasswordQuestion::answer, &question));
        const int reason = ERR_GET_REASON(ERR_peek_last_error());
        ERR_clear_error();
        if (key) return into_.add(key.get());
        if (!question.asked) return refuse(MaterialProblem::damaged, "the private key is damaged");
        if (password_ == nullptr) return refuse(MaterialProblem::password_needed, "the private key needs its password");
        if (reason == PEM_R_UNSUPPORTED_ENCRYPTION)
            return refuse(MaterialProblem::unsupported_cipher, "the private key is encrypted in a way that is not supported");
        return refuse(MaterialProblem::wrong_password, "the password does not open the private key");
    }

    MaterialCollector& into_;
    const Secret* password_;
};

bool is_sequence(ByteView bytes) { return bytes.size() > 2 && bytes[0] == 0x30; }

// Reads one DER value that fills `bytes`; a trailing line end is forgiven.
template <class Handle, auto Decode>
Handle decode(ByteView bytes)
{
    const unsigned char* at = bytes.data();
    Handle handle(Decode(nullptr, &at, static_cast<long>(bytes.size())));
    ERR_clear_error();
    if (handle && !trim(as_text(bytes.subspan(static_cast<std::size_t>(at - bytes.data())))).empty()) handle.reset();
    return handle;
}

MaterialResult<void> read_der(MaterialCollector& into, ByteView bytes, const Secret* password)
{
    if (const auto certificate = decode<X509Handle, d2i_X509>(bytes)) return into.add(Certificate::share(certificate.get()));
    if (is_pkcs12(bytes)) return read_pkcs12(into, bytes, password);
    if (const auto bundle = decode<Pkcs7Handle, d2i_PKCS7>(bytes)) return into.add_all(bundle.get());
    if (const auto box = decode<SignatureBoxHandle, d2i_X509_SIG>(bytes))
        return into.add_encrypted_key(box.get(), text_of(password));
    const unsigned char* at = bytes.data();
    const KeyHandle key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(bytes.size())));
    ERR_clear_error();
    if (key) return into.add(key.get());
    return refuse(MaterialProblem::not_understood, "neither a certificate nor a key in PEM, DER, PKCS#7 or PKCS#12 form");
}

}  // namespace

MaterialResult<Material> read_material(ByteView bytes, const Secret* password)
{
    DerivationBudget budget;
    return read_material(bytes, password, budget);
}

MaterialResult<Material> read_material(ByteView bytes, const Secret* password, DerivationBudget& budget)
{
    if (bytes.size() > max_material_bytes)
        return refuse(MaterialProblem::too_large, "more than " + std::to_string(max_material_bytes / 1024) + " KiB");
    if (password != nullptr && password->size() > max_password_bytes)
        return refuse(MaterialProblem::wrong_password, "the password is too long");
    MaterialCollector collector(budget);
    if (as_text(bytes).find(begin_mark) != std::string_view::npos)
        SEALPOST_CHECK(PemReader(collector, password).read(as_text(bytes)));
    else if (is_sequence(bytes))
        SEALPOST_CHECK(read_der(collector, bytes, password));
    Material material = collector.take();
    if (material.certificates.empty() && !material.key)
        return refuse(MaterialProblem::not_understood, "there is neither a certificate nor a private key in it");
    return material;
}

}  // namespace sealpost::crypto
