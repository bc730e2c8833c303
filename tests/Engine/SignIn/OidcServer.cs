using System.Diagnostics;
using Homelab.Tests.Engine.Api;
using Xunit;

namespace Homelab.Tests.Engine.SignIn;

/// <summary>A certified provider in a process of its own: ada is an administrator there, bob a watcher, eve a guest.</summary>
internal sealed class OidcServer : IDisposable
{
    /// <summary>What the provider and its client, "homelab", know.</summary>
    public const string Secret = "what only both of them know";

    private readonly Process _process;

    private OidcServer(Process process, string issuer) => (_process, Issuer) = (process, issuer);

    public string Issuer { get; }

    /// <param name="host">What browsers call it: localhost is another site than 127.0.0.1, as a provider in a house is.</param>
    public static async Task<OidcServer> StartAsync(string host = "127.0.0.1")
    {
        var repository = ApiFrameTests.Repository();
        var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(repository, "tests", "servers", "oidc-provider.mjs"), Path.Combine(repository, "designer", "node_modules"), host])
        {
            RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
        {
            if (line.StartsWith("http://", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new OidcServer(process, line);
            }
        }

        throw new InvalidOperationException("The provider did not start.");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}

/// <summary>Skipped, saying why, where there is no provider to sign in with.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OidcFactAttribute : FactAttribute
{
    public OidcFactAttribute() => Skip = Directory.Exists(Path.Combine(ApiFrameTests.Repository(), "designer", "node_modules", "oidc-provider")) ? null : "designer/node_modules/oidc-provider is missing: npm ci in designer";
}
