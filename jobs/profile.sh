
program=@PROGRAM@
run=@RUN@
@ENVIRONMENT@
export HOME=~ # sbatch --export=NONE takes it away; Open MPI 5 does not start without it
inside=() # what the ranks run in, for a prologue to say: inside=(apptainer exec IMAGE)

# What the site needs (--prologue) begins here.
@PROLOGUE@
# What the site needs ends here.

set +e -u
unset SLURM_EXPORT_ENV # set by sbatch --export: srun would keep all of this from the ranks
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 # one core per rank

echo "$(date '+%F %T') job $SLURM_JOB_ID on $SLURM_JOB_NODELIST"
launch ${inside[@]+"${inside[@]}"} "$program" profile --ranks-per-layer @PER_LAYER@ \
    --output "$run/profile.h5" @ARGUMENTS@ >"$run/profile.txt.part"
code=$?
[ $code -ne 0 ] || mv "$run/profile.txt.part" "$run/profile.txt"
echo "$(date '+%F %T') the profile ended with code $code"
exit $code
