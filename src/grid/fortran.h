/* fortran.h: the routines of BLACS and ScaLAPACK that grid/ calls; the library has no header.
 * Fortran takes every argument by its address, and the lengths of words behind all others. */
#ifndef GRID_FORTRAN_H
#define GRID_FORTRAN_H

#include <mpi.h>

int Csys2blacs_handle(MPI_Comm comm);
void Cblacs_gridinit(int *context, const char *order, int rows, int cols);
void Cblacs_gridinfo(int context, int *rows, int *cols, int *my_row, int *my_col);
void Cblacs_gridexit(int context);
void Cpdgemr2d(int m, int n, const double *a, int ia, int ja, const int *desc_a, double *b, int ib,
               int jb, const int *desc_b, int context);

int numroc_(const int *n, const int *block, const int *mine, const int *first, const int *count);
void descinit_(int *desc, const int *m, const int *n, const int *mb, const int *nb, const int *row,
               const int *col, const int *context, const int *ld, int *info);
void pdgemm_(const char *op_a, const char *op_b, const int *m, const int *n, const int *k,
             const double *alpha, const double *a, const int *ia, const int *ja, const int *desc_a,
             const double *b, const int *ib, const int *jb, const int *desc_b, const double *beta,
             double *c, const int *ic, const int *jc, const int *desc_c, long length_a,
             long length_b);
void pdlaset_(const char *part, const int *m, const int *n, const double *beside,
              const double *diagonal, double *a, const int *ia, const int *ja, const int *desc,
              long length);
void pdsyevd_(const char *job, const char *part, const int *n, double *a, const int *ia,
              const int *ja, const int *desc_a, double *w, double *z, const int *iz, const int *jz,
              const int *desc_z, double *work, const int *lwork, int *iwork, const int *liwork,
              int *info, long length_job, long length_part);
void pdgehrd_(const int *n, const int *low, const int *high, double *a, const int *ia,
              const int *ja, const int *desc, double *tau, double *work, const int *lwork,
              int *info);
void pdormhr_(const char *side, const char *op, const int *m, const int *n, const int *low,
              const int *high, const double *a, const int *ia, const int *ja, const int *desc_a,
              const double *tau, double *c, const int *ic, const int *jc, const int *desc_c,
              double *work, const int *lwork, int *info, long length_side, long length_op);
void pdhseqr_(const char *job, const char *vectors, const int *n, const int *low, const int *high,
              double *h, const int *desc_h, double *re, double *im, double *z, const int *desc_z,
              double *work, const int *lwork, int *iwork, const int *liwork, int *info,
              long length_job, long length_vectors);

#endif
