//! TLS as libpq's `sslmode` means it: `require` encrypts without a check, `verify-ca` checks who signed the
//! certificate, `verify-full` checks the host's name as well.
//!
//! Must not know: anything of the protocol inside. The provider is given to each configuration, so that no process-wide
//! default is needed and nobody else's choice matters.

use std::path::Path;
use std::sync::Arc;

use backout_plan::{ConnectionSettings, SslMode};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::SessionError;

/// Makes the TLS layer of one connection; also where none will be used, since the driver asks before it knows.
#[derive(Clone)]
pub(super) struct Connector(MakeRustlsConnect);

impl<S> MakeTlsConnect<S> for Connector
where
    MakeRustlsConnect: MakeTlsConnect<S>,
{
    type Stream = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;
    type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<S>>::TlsConnect;
    type Error = <MakeRustlsConnect as MakeTlsConnect<S>>::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, Self::Error> {
        // A socket has no host name, and an empty one is an error in rustls.
        self.0.make_tls_connect(if host.is_empty() { "localhost" } else { host })
    }
}

/// The connector for these settings; unused where TLS is off.
pub(super) fn connector(settings: &ConnectionSettings) -> Result<Connector, SessionError> {
    let provider = Arc::new(ring::default_provider());
    let full = settings.ssl_mode == SslMode::VerifyFull;
    // As in libpq: a CA file given with `require` makes it verify the chain.
    let chain = full
        || settings.ssl_mode == SslMode::VerifyCa
        || (settings.ssl_mode == SslMode::Require && settings.root_cert.is_some());
    let inner = if chain {
        let roots = Arc::new(roots(settings)?);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
            .build()
            .map_err(|source| SessionError::Verifier { endpoint: settings.endpoint(), source })?;
        Some(verifier)
    } else {
        None
    };
    let verifier = Arc::new(Verifier { inner, full, provider: provider.clone() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| SessionError::Tls { endpoint: settings.endpoint(), source })?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Connector(MakeRustlsConnect::new(config)))
}

fn roots(settings: &ConnectionSettings) -> Result<RootCertStore, SessionError> {
    let mut store = RootCertStore::empty();
    match settings.root_cert.as_deref() {
        Some(path) if path != Path::new("system") => {
            let text = std::fs::read(path)
                .map_err(|source| SessionError::ReadRootCert { path: path.to_path_buf(), source })?;
            let found = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok);
            let (added, _) = store.add_parsable_certificates(found);
            if added == 0 {
                return Err(SessionError::EmptyRootCert { path: path.to_path_buf() });
            }
        }
        _ => {
            let found = rustls_native_certs::load_native_certs();
            let (added, _) = store.add_parsable_certificates(found.certs);
            if added == 0 {
                let problems: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
                return Err(SessionError::NoSystemRoots {
                    endpoint: settings.endpoint(),
                    problems: if problems.is_empty() { "none are installed".to_owned() } else { problems.join("; ") },
                });
            }
        }
    }
    Ok(store)
}

/// Checks as much as the mode asks for; possession of the certificate's key is checked always.
#[derive(Debug)]
struct Verifier {
    /// Checks the chain; `None` accepts any certificate.
    inner: Option<Arc<WebPkiServerVerifier>>,
    /// Check the host's name as well.
    full: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The chain is checked before the name, so a wrong name means a good chain.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.full => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
