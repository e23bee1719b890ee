#include "wire/dkim/publication.hpp"

#include "wire/dkim/key_record.hpp"

namespace sealpost::dkim {

Task<Publication> check_publication(SigningKey key, dns::Resolver& resolver, Deadline deadline)
{
    const auto digest = crypto::sha256("does the published key belong to the private one?");
    auto signature = crypto::sign(key.key(), digest);
    if (signature.has_error()) co_return Publication{Verdict::permerror, false, signature.error().text};
    SignatureField field;
    field.kind = key.kind();
    field.domain = key.domain();
    field.selector = key.selector();
    field.identity = '@' + key.domain();
    field.signature = std::move(*signature);
    const auto answer = co_await dns::find_txt(resolver, record_name(key.domain(), key.selector()), deadline);
    const KeyJudgement judged = judge_key(field, digest, answer, {});
    const bool is_other = judged.judgement.verdict == Verdict::fail;
    co_return Publication{judged.judgement.verdict, judged.is_testing,
                          is_other ? "another key stands at the selector" : judged.judgement.problem};
}

}  // namespace sealpost::dkim
