// For tests only: an authority and certificates of its own, made on the spot in a folder.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/check.hpp"

namespace leat::net {

/// Writes PEM files into a folder that goes with it. Keys are P-256; certificates hold for an hour
/// around now, or, if `expired`, until an hour ago.
class TestAuthority {
public:
    TestAuthority() {
        std::string pattern = std::filesystem::temp_directory_path() / "leat-tls-XXXXXX";
        check(::mkdtemp(pattern.data()) != nullptr, "a test can make a folder");
        folder_ = pattern;
        key_ = new_key();
        certificate_ = new_certificate(*key_, "Test Authority", false);
        extend(*certificate_, NID_basic_constraints, "critical,CA:TRUE");
        sign(*certificate_);
        write(*certificate_, ca_file());
    }
    ~TestAuthority() { std::filesystem::remove_all(folder_); }
    TestAuthority(const TestAuthority&) = delete;
    TestAuthority& operator=(const TestAuthority&) = delete;

    struct Files {
        std::string certificate;
        std::string key;
    };
    std::string ca_file() const { return folder_ / "ca.pem"; }
    /// A server's certificate; `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1".
    Files issue(const std::string& names, bool expired = false) {
        const auto stem = (folder_ / std::to_string(++issued_)).string();
        const Files files{stem + ".pem", stem + ".key"};
        const auto key = new_key();
        const auto certificate = new_certificate(*key, "Test Server", expired);
        extend(*certificate, NID_subject_alt_name, names);
        sign(*certificate);
        write(*certificate, files.certificate);
        std::unique_ptr<FILE, int (*)(FILE*)> file{std::fopen(files.key.c_str(), "w"),
                                                   &std::fclose};
        PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        return files;
    }

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
        void operator()(X509* certificate) const { X509_free(certificate); }
        void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    };
    using Key = std::unique_ptr<EVP_PKEY, Free>;
    using Certificate = std::unique_ptr<X509, Free>;

    static Key new_key() { return Key{EVP_EC_gen("P-256")}; }

    Certificate new_certificate(EVP_PKEY& key, const char* name, bool expired) {
        constexpr long hour = 3600;
        Certificate made{X509_new()};
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial_);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), expired ? -2 * hour : -hour);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), expired ? -hour : hour);
        X509_set_pubkey(made.get(), &key);
        auto* subject = X509_get_subject_name(made.get());
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
        X509_set_issuer_name(made.get(),
                             certificate_ ? X509_get_subject_name(certificate_.get()) : subject);
        return made;
    }
    static void extend(X509& certificate, int kind, const std::string& value) {
        const std::unique_ptr<X509_EXTENSION, Free> extension{
            X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())};
        check(extension != nullptr, "an extension that OpenSSL can read");
        X509_add_ext(&certificate, extension.get(), -1);
    }
    void sign(X509& certificate) {
        check(X509_sign(&certificate, key_.get(), EVP_sha256()) != 0, "a test can sign");
    }
    static void write(X509& certificate, const std::string& path) {
        std::unique_ptr<FILE, int (*)(FILE*)> file{std::fopen(path.c_str(), "w"), &std::fclose};
        PEM_write_X509(file.get(), &certificate);
    }

    std::filesystem::path folder_;
    Key key_;
    Certificate certificate_;
    long serial_ = 0;
    int issued_ = 0;
};

}  // namespace leat::net
