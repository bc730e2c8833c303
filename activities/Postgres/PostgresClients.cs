using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace Homelab.Activities.Postgres;

internal sealed class PostgresOptions : ConnectionOptions
{
    [Required]
    public string? Host { get; set; }

    [Range(1, 65535)]
    public int Port { get; set; } = 5432;

    public string Database { get; set; } = "postgres";

    [Required]
    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }

    /// <summary>Disable, Prefer, Require (unchecked), VerifyCA, VerifyFull.</summary>
    public SslMode SslMode { get; set; } = SslMode.Prefer;

    public string? CaFile { get; set; }

    /// <summary>Ssh connection of the server's machine and its unit there; needed only to restart it.</summary>
    public string? Machine { get; set; }

    [RegularExpression(Systemd.Units.NamePattern)]
    public string Unit { get; set; } = "postgresql.service";
}

internal sealed class PostgresClients(Connections<PostgresOptions> connections)
{
    public Task<PostgresOptions> OptionsAsync(string connection, CancellationToken cancellationToken) => connections.GetAsync(connection, cancellationToken);

    /// <param name="database">Instead of the connection's own.</param>
    public async Task<PostgresClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken, string? database = null)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        var text = new NpgsqlConnectionStringBuilder
        {
            Host = options.Host,
            Port = options.Port,
            Database = database is { Length: > 0 } ? database : options.Database,
            Username = options.User,
            Password = options.Password,
            SslMode = options.SslMode,
            RootCertificate = options.CaFile,
            ApplicationName = "homelab",
            Timeout = 10,
            CommandTimeout = options.TimeoutSeconds,
            // A few at most: the database that is looked at may be the one that has run out of connections.
            MaxPoolSize = 3,
            ConnectionIdleLifetime = 30,
        };
        return new(options.Name, text.Database!, text.ConnectionString, context);
    }
}
