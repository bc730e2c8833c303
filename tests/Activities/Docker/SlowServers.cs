using Microsoft.AspNetCore.Http;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Tests.Activities.Docker;

/// <summary>A registry with one image, whose layer of 8 MB never comes to its end.</summary>
internal sealed class SlowRegistry
{
    private const int Size = 8 << 20;

    private readonly byte[] _configuration = """{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:0000000000000000000000000000000000000000000000000000000000000001"]},"config":{}}"""u8.ToArray();
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who fetched the layer hung up.</summary>
    public Task Aborted => _aborted.Task;

    public async Task AnswerAsync(HttpContext context)
    {
        var manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",
             "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":{{_configuration.Length}},"digest":"{{Digest(_configuration)}}"},
             "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":{{Size}},"digest":"sha256:00000000000000000000000000000000000000000000000000000000000000ff"}]}
            """);
        var path = context.Request.Path.Value!;
        if (path.Contains("/manifests/", StringComparison.Ordinal))
        {
            context.Response.ContentType = "application/vnd.docker.distribution.manifest.v2+json";
            context.Response.Headers["Docker-Content-Digest"] = Digest(manifest);
            context.Response.ContentLength = manifest.Length;
            if (context.Request.Method == "GET")
                await context.Response.Body.WriteAsync(manifest);
        }
        else if (path.EndsWith(Digest(_configuration), StringComparison.Ordinal))
        {
            await context.Response.Body.WriteAsync(_configuration);
        }
        else if (path.Contains("/blobs/", StringComparison.Ordinal))
        {
            context.Response.ContentLength = Size;
            await StallAsync(context);
        }
    }

    private async Task StallAsync(HttpContext context)
    {
        try
        {
            for (var sent = 0; sent < Size / 2; sent += 64 << 10)
            {
                await context.Response.Body.WriteAsync(new byte[64 << 10], context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, context.RequestAborted);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            _aborted.TrySetResult();
        }
    }

    private static string Digest(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";
}

/// <summary>Gives on to a unix socket what comes, and back what it answers, except to a request of one path: that stays without its answer.</summary>
internal sealed class SocketRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ends = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _socket;
    private readonly string _stalls;
    private readonly Task _accepting;

    public SocketRelay(string socket, string stalls)
    {
        (_socket, _stalls) = (socket, stalls);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <summary>The request that stays without an answer has come.</summary>
    public Task Stalled => _stalled.Task;

    /// <summary>Who waited for that answer hung up.</summary>
    public Task HungUp => _hungUp.Task;

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ends.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_ends.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await engine.ConnectAsync(new UnixDomainSocketEndPoint(_socket), _ends.Token);
        await using var near = client.GetStream();
        await using var far = new NetworkStream(engine);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_ends.Token);
        var stalled = false;
        var back = Task.Run(async () =>
        {
            var buffer = new byte[16 << 10];
            int count;
            while ((count = await far.ReadAsync(buffer, over.Token)) > 0)
            {
                if (!stalled)
                    await near.WriteAsync(buffer.AsMemory(0, count), over.Token);
            }
        });
        try
        {
            var buffer = new byte[16 << 10];
            int count;
            while ((count = await near.ReadAsync(buffer, over.Token)) > 0)
            {
                if (Encoding.ASCII.GetString(buffer, 0, count).Split('\r', 2)[0].Contains(_stalls, StringComparison.Ordinal))
                {
                    stalled = true;
                    _stalled.TrySetResult();
                }

                await far.WriteAsync(buffer.AsMemory(0, count), over.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Hung up hard, or the test is over.
        }

        if (stalled && !_ends.IsCancellationRequested)
            _hungUp.TrySetResult();
        await over.CancelAsync();
        try
        {
            await back;
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // As above.
        }
    }
}
