using Homelab.Activities.AdGuard;
using Homelab.Activities.Alertmanager;
using Homelab.Activities.Bind;
using Homelab.Activities.Borg;
using Homelab.Activities.Btrfs;
using Homelab.Activities.Certificates;
using Homelab.Activities.Cloudflare;
using Homelab.Activities.Discord;
using Homelab.Activities.Dns;
using Homelab.Activities.Docker;
using Homelab.Activities.Email;
using Homelab.Activities.Git;
using Homelab.Activities.GitHub;
using Homelab.Activities.Gitea;
using Homelab.Activities.Grafana;
using Homelab.Activities.HAProxy;
using Homelab.Activities.HomeAssistant;
using Homelab.Activities.Http;
using Homelab.Activities.Linux;
using Homelab.Activities.Loki;
using Homelab.Activities.Model;
using Homelab.Activities.Nginx;
using Homelab.Activities.Notify;
using Homelab.Activities.Ntfy;
using Homelab.Activities.Postgres;
using Homelab.Activities.Prometheus;
using Homelab.Activities.Proxmox;
using Homelab.Activities.ProxmoxBackup;
using Homelab.Activities.Redis;
using Homelab.Activities.Restic;
using Homelab.Activities.Ssh;
using Homelab.Activities.Systemd;
using Homelab.Activities.Tailscale;
using Homelab.Activities.Telegram;
using Homelab.Activities.Traefik;
using Homelab.Activities.UniFi;
using Homelab.Activities.UptimeKuma;
using Homelab.Activities.Webhook;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Homelab.Activities;

public static class ActivitySetup
{
    /// <summary>
    /// Registers the catalogue, its tools, connection tests and option lists. Needs an IConfiguration; register an
    /// <see cref="ISecretSource"/> (before or after) to make <c>secret:NAME</c> work, and a TimeProvider for anything but the system's.
    /// </summary>
    public static IServiceCollection AddActivities(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ISecretSource, NoSecrets>();
        services.TryAddSingleton<IProcessRunner, ProcessRunner>();
        services.AddSingleton<Secrets>();
        services.AddSingleton<ToolHttp>();
        services.AddSingleton(typeof(Connections<>));
        services.AddSingleton<MessagePacer>();

        services.AddAdGuardTool();
        services.AddAlertmanagerTool();
        services.AddBindTool();
        services.AddBorgTool();
        services.AddBtrfsTool();
        services.AddCertificatesTool();
        services.AddCloudflareTool();
        services.AddDiscordTool();
        services.AddDnsTool();
        services.AddDockerTool();
        services.AddEmailTool();
        services.AddGitTool();
        services.AddGitHubTool();
        services.AddGiteaTool();
        services.AddGrafanaTool();
        services.AddHAProxyTool();
        services.AddHomeAssistantTool();
        services.AddHttpTool();
        services.AddLinuxTool();
        services.AddLokiTool();
        services.AddModelTool();
        services.AddNginxTool();
        services.AddNtfyTool();
        services.AddPostgresTool();
        services.AddPrometheusTool();
        services.AddProxmoxTool();
        services.AddProxmoxBackupTool();
        services.AddRedisTool();
        services.AddResticTool();
        services.AddSshTool();
        services.AddSystemdTool();
        services.AddTailscaleTool();
        services.AddTelegramTool();
        services.AddTraefikTool();
        services.AddUniFiTool();
        services.AddUptimeKumaTool();
        services.AddWebhookTool();

        // The one place that creates activities; they hold no state, so one of each is enough. Other parts may bring their own.
        services.AddSingleton(provider => new ActivityCatalog([.. ActivityCatalog.All.Select(descriptor => descriptor.Create!(provider)), .. provider.GetServices<IActivityInvoker>()]));
        return services;
    }

    /// <summary>For a tool's own setup: its connection test.</summary>
    internal static void AddConnectionTest<TOptions, TClients>(
        this IServiceCollection services, Func<TClients, string, ActivityContext, CancellationToken, Task<string?>> version)
        where TOptions : ConnectionOptions, new()
        where TClients : notnull =>
        services.AddSingleton<ITestableConnection>(provider => new ConnectionTest<TOptions>(
            provider.GetRequiredService<Connections<TOptions>>(),
            provider.GetRequiredService<Secrets>(),
            provider.GetRequiredService<TimeProvider>(),
            (name, context, cancellationToken) => version(provider.GetRequiredService<TClients>(), name, context, cancellationToken)));

    /// <summary>For a tool's own setup: one live list of choices.</summary>
    internal static void AddOptionsProvider<TClients>(
        this IServiceCollection services,
        string name,
        Func<TClients, string, ActivityContext, CancellationToken, Task<IReadOnlyList<InputOption>>> list)
        where TClients : notnull =>
        services.AddSingleton<IOptionsProvider>(provider => new OptionsProvider(
            name,
            provider.GetRequiredService<TimeProvider>(),
            (connection, context, cancellationToken) => list(provider.GetRequiredService<TClients>(), connection, context, cancellationToken)));
}
